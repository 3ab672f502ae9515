"""Gives documents to the couriers who are to bring them: one manifest for a courier, one fact for a document."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from services.dispatch.store import couriers, custody, deliveries
from shared.events.dispatch import DocumentHandedOver, Holder
from shared.messaging.transaction import Transaction

SLICE = 5_000
"""Documents moved by one statement, and facts made in one go before others get their turn on the event loop."""


class HandedOver(NamedTuple):
    """A courier's manifest and the documents on it."""

    manifest_id: UUID
    courier_badge: str
    application_ids: list[UUID]


async def hand_over(
    tx: Transaction, courier_badge: str | None, application_ids: Sequence[UUID] | None
) -> list[HandedOver]:
    """Hand over what waits for this courier (None: for every courier), or of that the applications named.

    Two at the same moment: the second waits, and finds that the documents have gone.
    """
    await couriers.keep_roster_still(tx.conn)
    waiting = await deliveries.lock_assigned(tx.conn, courier_badge, application_ids)
    of_courier: defaultdict[str, list[UUID]] = defaultdict(list)
    for row in waiting:
        of_courier[row["courier_badge"]].append(row["application_id"])
    handed_over = [HandedOver(uuid7(), badge, ids) for badge, ids in sorted(of_courier.items())]
    now = datetime.now(UTC)
    await couriers.make_manifests(
        tx.conn, [(m.manifest_id, m.courier_badge, len(m.application_ids)) for m in handed_over], now
    )
    moves = [
        custody.Move(one, Holder.COURIER, m.courier_badge, m.manifest_id)
        for m in handed_over
        for one in m.application_ids
    ]
    for start in range(0, len(moves), SLICE):
        part = moves[start : start + SLICE]
        announce_moves(tx, await custody.move(tx.conn, part, now), now)
        await deliveries.set_out(tx.conn, [move.application_id for move in part])
        await asyncio.sleep(0)
    return handed_over


def announce_moves(tx: Transaction, moved: Sequence[asyncpg.Record], now: datetime) -> None:
    """Say that documents passed to a courier, or from him to the kelurahan."""
    tx.announce(
        *(
            DocumentHandedOver(
                application_id=row["application_id"],
                giver=Holder(row["giver"]),
                taker=Holder(row["taker"]),
                courier_badge=row["taker_badge"] or row["giver_badge"],
                manifest_id=row["manifest_id"],
                handed_over_at=now,
            )
            for row in moved
        )
    )
