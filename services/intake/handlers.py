"""What intake hears: prints and deliveries, to know where applications stand and to close them.

Prints and deliveries come on two topics, in any order: see `domain.LEADS_TO`.
"""

from collections.abc import Sequence

from services.intake.domain import State
from services.intake.store import progress
from shared.events.dispatch import DeliveryCompleted, DocumentHandedOver, DocumentReturned, Holder
from shared.events.intake import ApplicationClosed, ClosingOutcome
from shared.events.printing import DocumentPrinted
from shared.messaging.consumer import Consumer, Received
from shared.messaging.transaction import Transaction

consumer = Consumer("intake")


@consumer.on_many(DocumentPrinted)
async def note_prints(received: Sequence[Received[DocumentPrinted]], tx: Transaction) -> None:
    """The documents exist: no corrections any more."""
    printed = {r.event.application_id: r.event.printed_at for r in received}
    await progress.note_printed(tx.conn, list(printed.items()))


@consumer.on_many(DocumentHandedOver)
async def note_custody(received: Sequence[Received[DocumentHandedOver]], tx: Transaction) -> None:
    """The documents left the office, or are back in it: no cancellation in between."""
    last = {r.event.application_id: r.event for r in received}
    await progress.note_custody(tx.conn, [(id_, e.handed_over_at, _state(e)) for id_, e in last.items()])


@consumer.on_many(DocumentReturned)
async def note_returns(received: Sequence[Received[DocumentReturned]], tx: Transaction) -> None:
    """The deliveries are over, the documents at the office."""
    last = {r.event.application_id: r.event.returned_at for r in received}
    await progress.note_custody(tx.conn, [(id_, at, State.RETURNED) for id_, at in last.items()])


@consumer.on_many(DeliveryCompleted)
async def close_delivered(received: Sequence[Received[DeliveryCompleted]], tx: Transaction) -> None:
    """The documents found their owners: these applications have reached their end."""
    completed = {r.event.application_id: r.event.completed_at for r in received}
    for id_ in await progress.close(tx.conn, list(completed.items())):
        tx.announce(ApplicationClosed(application_id=id_, outcome=ClosingOutcome.DELIVERED, closed_at=completed[id_]))


def _state(event: DocumentHandedOver) -> State:
    # A holder that this release does not know is certainly not the office.
    return State.RETURNED if event.taker == Holder.OFFICE else State.HANDED_OVER
