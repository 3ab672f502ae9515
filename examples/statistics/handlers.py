"""What the statistics service hears: where an application is at home, and how far it has come."""

from collections.abc import Sequence

from examples.statistics import store
from shared.events.dispatch import DeliveryCompleted
from shared.events.intake import ApplicationClearedForPrint, ApplicationCorrected, ApplicationRecorded
from shared.events.printing import DocumentPrinted
from shared.messaging import Consumer, Received, Transaction

consumer = Consumer("statistics")


@consumer.on_many(ApplicationRecorded)
async def count_recorded(received: Sequence[Received[ApplicationRecorded]], tx: Transaction) -> None:
    """Keep its kelurahan, and that it is recorded."""
    await store.settle(tx.conn, {r.key: r.event.kelurahan_code for r in received})
    await store.note(tx.conn, "recorded", {r.key: r.event.recorded_at for r in received})


@consumer.on_many(ApplicationCorrected)
async def move(received: Sequence[Received[ApplicationCorrected]], tx: Transaction) -> None:
    """From now on it counts where the corrected address is."""
    await store.settle(tx.conn, {r.key: r.event.kelurahan_code for r in received})


@consumer.on_many(ApplicationClearedForPrint)
async def count_cleared(received: Sequence[Received[ApplicationClearedForPrint]], tx: Transaction) -> None:
    """Keep that the central record is print-ready."""
    await store.note(tx.conn, "cleared", {r.key: r.event.cleared_at for r in received})


@consumer.on_many(DocumentPrinted)
async def count_printed(received: Sequence[Received[DocumentPrinted]], tx: Transaction) -> None:
    """Keep that the document exists; one that is printed again counts once."""
    await store.note(tx.conn, "printed", {r.key: r.event.printed_at for r in reversed(received)})


@consumer.on_many(DeliveryCompleted)
async def count_delivered(received: Sequence[Received[DeliveryCompleted]], tx: Transaction) -> None:
    """Keep that it has found its owner."""
    await store.note(tx.conn, "delivered", {r.key: r.event.completed_at for r in received})
