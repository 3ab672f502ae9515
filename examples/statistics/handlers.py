"""What the statistics service hears."""

from collections.abc import Sequence

from examples.statistics import store
from shared.events.dispatch import DeliveryCompleted
from shared.events.intake import ApplicationClearedForPrint, ApplicationCorrected, ApplicationRecorded
from shared.events.printing import DocumentPrinted
from shared.messaging import Consumer, Received, Transaction

consumer = Consumer("statistics")


@consumer.on_many(ApplicationRecorded)
async def note_application_recorded(received: Sequence[Received[ApplicationRecorded]], tx: Transaction) -> None:
    """Keep when it was first said of each."""
    await store.note(tx.conn, "ApplicationRecorded", {r.key: r.time for r in reversed(received)})


@consumer.on_many(ApplicationCorrected)
async def note_application_corrected(received: Sequence[Received[ApplicationCorrected]], tx: Transaction) -> None:
    """Keep when it was first said of each."""
    await store.note(tx.conn, "ApplicationCorrected", {r.key: r.time for r in reversed(received)})


@consumer.on_many(ApplicationClearedForPrint)
async def note_application_cleared_for_print(
    received: Sequence[Received[ApplicationClearedForPrint]], tx: Transaction
) -> None:
    """Keep when it was first said of each."""
    await store.note(tx.conn, "ApplicationClearedForPrint", {r.key: r.time for r in reversed(received)})


@consumer.on_many(DocumentPrinted)
async def note_document_printed(received: Sequence[Received[DocumentPrinted]], tx: Transaction) -> None:
    """Keep when it was first said of each."""
    await store.note(tx.conn, "DocumentPrinted", {r.key: r.time for r in reversed(received)})


@consumer.on_many(DeliveryCompleted)
async def note_delivery_completed(received: Sequence[Received[DeliveryCompleted]], tx: Transaction) -> None:
    """Keep when it was first said of each."""
    await store.note(tx.conn, "DeliveryCompleted", {r.key: r.time for r in reversed(received)})
