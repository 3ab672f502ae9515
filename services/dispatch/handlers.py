"""What dispatch hears. Facts of different topics come in any order: each is noted, then what it allows is done."""

from collections.abc import Sequence
from uuid import UUID

from services.dispatch import assignment
from services.dispatch.store import couriers, deliveries, documents, recipients
from shared.events.intake import RECIPIENT, ApplicationCancelled, RecipientRegistered
from shared.events.printing import DocumentPrinted, DocumentVoided
from shared.messaging.consumer import Consumer, Received
from shared.messaging.transaction import Transaction

consumer = Consumer("dispatch")


@consumer.on_many(RecipientRegistered)
async def know_recipients(received: Sequence[Received[RecipientRegistered]], tx: Transaction) -> None:
    """Keep who receives and where; documents that waited for this, or were meant for another RW, find a courier."""
    latest = {r.key: r.event for r in received}.values()
    ids = [event.application_id for event in latest]
    await couriers.keep_roster_still(tx.conn)
    codes, rws = [event.kelurahan_code for event in latest], [event.rw for event in latest]
    waiting = await deliveries.note_destinations(tx.conn, ids, codes, rws)
    await recipients.keep_recipients(tx.conn, list(latest))
    if waiting:
        await assignment.assign(tx, waiting)


@consumer.on_erased(RECIPIENT)
async def forget_recipients(keys: Sequence[str], tx: Transaction) -> None:
    """Remove the personal data of these recipients; what is still at the office waits until they are known again."""
    ids = [UUID(key) for key in keys]
    await couriers.keep_roster_still(tx.conn)
    await deliveries.forget_destinations(tx.conn, ids)
    await recipients.forget_recipients(tx.conn, ids)


@consumer.on_many(DocumentPrinted)
async def take_documents(received: Sequence[Received[DocumentPrinted]], tx: Transaction) -> None:
    """Documents exist: the couriers of their RWs will bring them, or they wait for recipient or courier."""
    await couriers.keep_roster_still(tx.conn)
    await assignment.take_prints(tx, list({r.key: r.event for r in received}.values()))


@consumer.on(ApplicationCancelled)
async def cancel(event: ApplicationCancelled, tx: Transaction) -> None:
    """Nobody is to get this document, even if its print is not known here yet."""
    await deliveries.note_cancellation(tx.conn, event.application_id, event.cancelled_at)
    await assignment.withdraw(tx, [event.application_id], event.cancelled_at)


@consumer.on(DocumentVoided)
async def call_back(event: DocumentVoided, tx: Transaction) -> None:
    """A printed document is withdrawn; a later print of the same application is delivered again."""
    await documents.lock(tx.conn, [event.application_id])
    await assignment.withdraw(tx, [event.application_id], event.voided_at)
