"""What notify hears: everything. Each fact finds its columns, and some are told to the citizen.

Every function takes all events of its type in a poll, since everything that happens in the city comes by here.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from services.notify.codes import read_code
from services.notify.domain import PrintStage, is_told
from services.notify.store import applications, deliveries, messages, print_orders
from services.notify.store.print_orders import Blanks, PrintWord
from shared.events.base import Event
from shared.events.dispatch import (
    AttemptOutcome,
    DeliveryAssigned,
    DeliveryAttempted,
    DeliveryCompleted,
    DocumentHandedOver,
    DocumentHeldForPickup,
    DocumentReturned,
    Holder,
)
from shared.events.intake import (
    RECIPIENT,
    ApplicationCancelled,
    ApplicationClearedForPrint,
    ApplicationClosed,
    ApplicationCorrected,
    ApplicationMadeComplete,
    ApplicationRecorded,
    ApplicationRejected,
    ApplicationReturnedForCompletion,
    CentralStatusObserved,
    RecipientRegistered,
)
from shared.events.notify import Milestone
from shared.events.printing import (
    BlankAllocated,
    BlankReleased,
    BlankSpoiled,
    BlanksReceived,
    DocumentPrinted,
    DocumentVoided,
    PrintOrderQueued,
    PrintOrderReclassified,
    ReleaseReason,
)
from shared.messaging.consumer import Consumer, Received
from shared.messaging.transaction import Transaction

consumer = Consumer("notify")

E = TypeVar("E", bound=Event)


def latest(received: Sequence[Received[E]]) -> list[E]:
    """The last event of each key, sorted by key so that two instances of this service never lock crosswise."""
    return [event for _, event in sorted({r.key: r.event for r in received}.items())]


@consumer.on_many(ApplicationRecorded)
async def record(received: Sequence[Received[ApplicationRecorded]], tx: Transaction) -> None:
    """Opens the row, says "received", and lets go what waited for the document's name."""
    events = latest(received)
    ids = [e.application_id for e in events]
    await applications.record(tx.conn, events)
    await messages.raise_once(tx.conn, Milestone.RECEIVED, [(i, 1) for i in ids], datetime.now(UTC))
    await messages.let_go(tx.conn, ids)


@consumer.on_many(ApplicationCorrected)
async def correct(received: Sequence[Received[ApplicationCorrected]], tx: Transaction) -> None:
    """Another place may mean another RW."""
    await applications.correct(tx.conn, latest(received))


@consumer.on_many(ApplicationReturnedForCompletion)
async def wait_for_completion(received: Sequence[Received[ApplicationReturnedForCompletion]], tx: Transaction) -> None:
    """The citizen has to bring something."""
    await applications.wait_for_completion(tx.conn, latest(received))


@consumer.on_many(ApplicationMadeComplete)
async def go_on(received: Sequence[Received[ApplicationMadeComplete]], tx: Transaction) -> None:
    """He has brought it."""
    await applications.complete(tx.conn, latest(received))


@consumer.on_many(ApplicationRejected)
async def reject(received: Sequence[Received[ApplicationRejected]], tx: Transaction) -> None:
    """There will be no document."""
    await applications.reject(tx.conn, latest(received))


@consumer.on_many(CentralStatusObserved)
async def mirror(received: Sequence[Received[CentralStatusObserved]], tx: Transaction) -> None:
    """The ministry's word is the reason for waiting."""
    await applications.mirror(tx.conn, latest(received))


@consumer.on_many(ApplicationClearedForPrint)
async def clear(received: Sequence[Received[ApplicationClearedForPrint]], tx: Transaction) -> None:
    """It may be printed."""
    await applications.clear(tx.conn, latest(received))


@consumer.on_many(ApplicationCancelled)
async def cancel(received: Sequence[Received[ApplicationCancelled]], tx: Transaction) -> None:
    """It waits no longer."""
    events = latest(received)
    await applications.cancel(tx.conn, events)
    await print_orders.take_turn(tx.conn)
    await print_orders.leave_queue(tx.conn, [e.application_id for e in events])


@consumer.on_many(ApplicationClosed)
async def close(received: Sequence[Received[ApplicationClosed]], tx: Transaction) -> None:
    """The end."""
    await applications.close(tx.conn, latest(received))


@consumer.on_many(RecipientRegistered)
async def reach(received: Sequence[Received[RecipientRegistered]], tx: Transaction) -> None:
    """Now there is somebody to tell: what waited for him is let go."""
    events = latest(received)
    await applications.reach(tx.conn, [read_code(e.tracking_code) or e.tracking_code for e in events], events)
    await messages.let_go(tx.conn, [e.application_id for e in events])


@consumer.on_erased(RECIPIENT)
async def forget(keys: Sequence[str], tx: Transaction) -> None:
    """His address and his code are gone; the facts stay."""
    await applications.forget(tx.conn, [UUID(key) for key in sorted(keys)])


@consumer.on_many(PrintOrderQueued)
async def queue(received: Sequence[Received[PrintOrderQueued]], tx: Transaction) -> None:
    """It has its place. Who needs a scarce blank is told that he waits for one."""
    events = latest(received)
    needing = [e.application_id for e in events if e.blank_kind]
    await print_orders.queue(tx.conn, events)
    await print_orders.take_turn(tx.conn)
    await print_orders.join_queue(tx.conn, needing)
    await messages.raise_once(tx.conn, Milestone.WAITING_FOR_BLANK, [(i, 1) for i in needing], datetime.now(UTC))


@consumer.on_many(PrintOrderReclassified)
async def move(received: Sequence[Received[PrintOrderReclassified]], tx: Transaction) -> None:
    """It waits in another class, since the same time."""
    events = latest(received)
    ids = [e.application_id for e in events]
    await print_orders.take_turn(tx.conn)
    await print_orders.leave_queue(tx.conn, ids)
    await print_orders.reclassify(tx.conn, events)
    await print_orders.join_queue(tx.conn, ids)


@consumer.on_many(BlankAllocated)
async def allocate(received: Sequence[Received[BlankAllocated]], tx: Transaction) -> None:
    """His turn has come, and one blank less is free."""
    events = latest(received)
    taken = Counter((r.event.site, r.event.blank_kind) for r in received)
    words = [PrintWord(e.application_id, PrintStage.ALLOCATED, e.allocated_at) for e in events]
    await print_orders.say(tx.conn, words)
    await print_orders.take_turn(tx.conn)
    await print_orders.leave_queue(tx.conn, [e.application_id for e in events])
    await print_orders.count_blanks(tx.conn, {stock: Blanks(allocated=n) for stock, n in taken.items()})


@consumer.on_many(BlankReleased)
async def release(received: Sequence[Received[BlankReleased]], tx: Transaction) -> None:
    """The blank is free again; the place is kept, unless the application itself is over."""
    events = latest(received)
    freed = Counter((r.event.site, r.event.blank_kind) for r in received)
    await print_orders.say(
        tx.conn, [PrintWord(e.application_id, _after_release(e), e.released_at, e.reason) for e in events]
    )
    await print_orders.take_turn(tx.conn)
    await print_orders.join_queue(tx.conn, [e.application_id for e in events])
    await print_orders.count_blanks(tx.conn, {stock: Blanks(released=n) for stock, n in freed.items()})


def _after_release(event: BlankReleased) -> PrintStage:
    over = event.reason == ReleaseReason.APPLICATION_CANCELLED
    return PrintStage.WITHDRAWN if over else PrintStage.RELEASED


@consumer.on_many(BlankSpoiled)
async def spoil(received: Sequence[Received[BlankSpoiled]], tx: Transaction) -> None:
    """Back in the queue, at the same place."""
    events = latest(received)
    await print_orders.say(
        tx.conn, [PrintWord(e.application_id, PrintStage.SPOILED, e.spoiled_at, e.reason) for e in events]
    )
    await print_orders.take_turn(tx.conn)
    await print_orders.join_queue(tx.conn, [e.application_id for e in events])


@consumer.on_many(DocumentPrinted)
async def print_(received: Sequence[Received[DocumentPrinted]], tx: Transaction) -> None:
    """The document exists, and its owner is told."""
    events = latest(received)
    await print_orders.say(tx.conn, [PrintWord(e.application_id, PrintStage.PRINTED, e.printed_at) for e in events])
    ready = [(e.application_id, 1) for e in events]
    await messages.raise_once(tx.conn, Milestone.READY, ready, datetime.now(UTC))


@consumer.on_many(DocumentVoided)
async def void(received: Sequence[Received[DocumentVoided]], tx: Transaction) -> None:
    """The document is withdrawn."""
    await print_orders.say(
        tx.conn,
        [PrintWord(e.application_id, PrintStage.VOIDED, e.voided_at, e.reason) for e in latest(received)],
    )


@consumer.on_many(BlanksReceived)
async def restock(received: Sequence[Received[BlanksReceived]], tx: Transaction) -> None:
    """More blanks are there; every event counts, not the last one of its stock alone."""
    lots: Counter[tuple[str, str]] = Counter()
    for r in received:
        lots[r.event.site, r.event.blank_kind] += r.event.quantity
    await print_orders.take_turn(tx.conn)
    await print_orders.count_blanks(tx.conn, {stock: Blanks(received=n) for stock, n in lots.items()})


@consumer.on_many(DeliveryAssigned)
async def assign(received: Sequence[Received[DeliveryAssigned]], tx: Transaction) -> None:
    """A courier will bring it."""
    await deliveries.assign(tx.conn, latest(received))


@consumer.on_many(DocumentHandedOver)
async def hand_over(received: Sequence[Received[DocumentHandedOver]], tx: Transaction) -> None:
    """Only the courier is news: hand-overs to others come with a fact of their own."""
    events = latest([r for r in received if r.event.taker == Holder.COURIER])
    if events:
        await deliveries.hand_to_courier(tx.conn, events)


@consumer.on_many(DeliveryAttempted)
async def visit(received: Sequence[Received[DeliveryAttempted]], tx: Transaction) -> None:
    """A visit in vain, told once each."""
    visits = [r.event for r in received]
    told = sorted({(e.application_id, e.attempt) for e in visits if is_told(counted=e.counted, outcome=e.outcome)})
    deaths = {e.application_id for e in visits if e.outcome == AttemptOutcome.DECEASED}
    await deliveries.visit(tx.conn, latest(received), deaths)
    await messages.raise_once(tx.conn, Milestone.MISSED, told, datetime.now(UTC))


@consumer.on_many(DeliveryCompleted)
async def complete(received: Sequence[Received[DeliveryCompleted]], tx: Transaction) -> None:
    """It has found its owner."""
    events = latest(received)
    await deliveries.complete(tx.conn, events)
    delivered = [(e.application_id, 1) for e in events]
    await messages.raise_once(tx.conn, Milestone.DELIVERED, delivered, datetime.now(UTC))


@consumer.on_many(DocumentHeldForPickup)
async def hold(received: Sequence[Received[DocumentHeldForPickup]], tx: Transaction) -> None:
    """It waits at the kelurahan, and its owner is told."""
    events = latest(received)
    await deliveries.hold(tx.conn, events)
    await messages.raise_once(tx.conn, Milestone.HELD, [(e.application_id, 1) for e in events], datetime.now(UTC))


@consumer.on_many(DocumentReturned)
async def take_back(received: Sequence[Received[DocumentReturned]], tx: Transaction) -> None:
    """Back at the office."""
    await deliveries.take_back(tx.conn, latest(received))
