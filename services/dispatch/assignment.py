"""Which courier brings a document, whenever a print, a recipient, a cancellation or a roster changes the answer."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from services.dispatch.store import couriers, custody, deliveries
from shared.events.dispatch import DeliveryAssigned, DocumentReturned, ReturnReason
from shared.events.printing import DocumentPrinted
from shared.messaging.transaction import Transaction


async def take_prints(tx: Transaction, prints: Sequence[DocumentPrinted]) -> None:
    """Documents that exist enter custody at the office; those of cancelled applications end there at once."""
    noted = await deliveries.note_prints(tx.conn, prints)
    now = datetime.now(UTC)
    first = [row["application_id"] for row in noted if row["round"] == 1]
    if first:
        await custody.take_in(tx.conn, first, now)
    cancelled = [row["application_id"] for row in noted if row["cancelled"]]
    if cancelled:
        await withdraw(tx, cancelled, now)
    announce_assigned(tx, (row for row in noted if not row["cancelled"]))


async def assign(tx: Transaction, application_ids: Sequence[UUID]) -> None:
    """Documents that wait go to the courier of their RW, where one is known.

    The caller has called `couriers.keep_roster_still` before it touched these deliveries.
    """
    announce_assigned(tx, await deliveries.assign(tx.conn, application_ids))


def announce_assigned(tx: Transaction, rows: Iterable[asyncpg.Record]) -> int:
    """Say who brings each document; returns how many have somebody."""
    now = datetime.now(UTC)
    assigned = [
        DeliveryAssigned(
            application_id=row["application_id"],
            courier_badge=row["courier_badge"],
            kelurahan_code=row["kelurahan_code"],
            rw=row["rw"],
            assigned_at=now,
        )
        for row in rows
        if row["courier_badge"] is not None
    ]
    tx.announce(*assigned)
    return len(assigned)


async def withdraw(tx: Transaction, application_ids: Sequence[UUID], at: datetime) -> None:
    """Nobody is to get these documents: those at the office are back already, the others are called back.

    The caller holds the locks of these deliveries.
    """
    ended = await deliveries.withdraw(tx.conn, application_ids, at)
    reason = ReturnReason.APPLICATION_CANCELLED
    now = datetime.now(UTC)
    tx.announce(*(DocumentReturned(application_id=one, reason=reason, returned_at=now) for one in ended))


async def new_roster(tx: Transaction, beats: Sequence[couriers.Beat]) -> int:
    """Put couriers on their RWs; what is not handed over yet is theirs. Returns how many documents got a courier.

    What a replaced courier already carries stays with him.
    """
    await couriers.change_roster_alone(tx.conn)
    await couriers.take_couriers(tx.conn, beats)
    await couriers.take_beats(tx.conn, beats)
    return announce_assigned(tx, await deliveries.assign_to_new_couriers(tx.conn))
