"""Gives documents to the couriers who are to bring them: one manifest for a courier, one fact for a document."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from services.dispatch.store import couriers, custody, deliveries, manifests
from shared.events.dispatch import DocumentHandedOver, Holder
from shared.messaging.transaction import Database, Transaction
from shared.people import Visit

ENOUGH = 5_000
"""Documents in one transaction of a round: a fraction of a second, so that nobody waits for the whole of it."""


class HandedOver(NamedTuple):
    """A courier's manifest and the documents on it."""

    manifest_id: UUID
    courier_badge: str
    application_ids: list[UUID]


async def hand_over(
    tx: Transaction,
    visit: Visit,
    badges: Sequence[str],
    application_ids: Sequence[UUID] | None,
    round_id: UUID | None = None,
) -> list[HandedOver]:
    """Hand over what waits for these couriers in the area of who gives it, or of that only the applications named.

    Two at the same moment: the second waits, and finds that the documents have gone.
    """
    await couriers.keep_roster_still(tx.conn)
    of_courier: defaultdict[str, list[UUID]] = defaultdict(list)
    for row in await deliveries.lock_assigned(tx.conn, visit.within, badges, application_ids):
        of_courier[row["courier_badge"]].append(row["application_id"])
    if not of_courier:
        return []
    made = [HandedOver(uuid7(), badge, ids) for badge, ids in sorted(of_courier.items())]
    now = datetime.now(UTC)
    counts = [(m.manifest_id, m.courier_badge, len(m.application_ids)) for m in made]
    await manifests.make_manifests(tx.conn, counts, round_id, now)
    moves = [
        custody.Move(one, Holder.COURIER, m.courier_badge, m.manifest_id) for m in made for one in m.application_ids
    ]
    announce_moves(tx, await custody.move(tx.conn, moves, now), now)
    await deliveries.set_out(tx.conn, [move.application_id for move in moves])
    for m in made:
        await visit.note_each(tx.conn, "handed-over", m.application_ids, badge=m.courier_badge, manifest=m.manifest_id)
    return made


async def go_round(db: Database, visit: Visit, round_id: UUID) -> None:
    """Hand over what waits for every courier in the area, some couriers a transaction; a finished round does nothing
    more."""
    async with db.transaction() as tx:
        if not await manifests.begin_round(tx.conn, round_id):
            return
        waiting = await deliveries.waiting_by_courier(tx.conn, visit.within)
    for badges in _in_parts(waiting):
        async with db.transaction() as tx:
            await hand_over(tx, visit, badges, None, round_id)


def _in_parts(waiting: Sequence[asyncpg.Record]) -> Iterator[list[str]]:
    part: list[str] = []
    documents = 0
    for badge, count in waiting:
        part.append(badge)
        documents += count
        if documents >= ENOUGH:
            yield part
            part, documents = [], 0
    if part:
        yield part


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
