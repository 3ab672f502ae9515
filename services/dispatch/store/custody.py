"""Who holds each document, and the log of every change of hands."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.events.dispatch import Holder
from shared.messaging.transaction import Connection


class Move(NamedTuple):
    """A document changes hands; the giver is whoever holds it. `badge` names the taker when he is a courier."""

    application_id: UUID
    taker: Holder
    badge: str | None = None
    manifest_id: UUID | None = None


async def take_in(conn: Connection, application_ids: Sequence[UUID], at: datetime) -> None:
    """Printed documents are at the office."""
    await conn.execute(
        "insert into custody (application_id, holder, since) select a, 'OFFICE', $2 from unnest($1::uuid[]) as x (a)",
        application_ids,
        at,
    )


async def move(conn: Connection, moves: Sequence[Move], at: datetime) -> list[asyncpg.Record]:
    """Pass documents on, each once; returns the rows of the log.

    The deliveries must be locked by an earlier statement. A document that its taker holds already stays.
    """
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        insert into custody_move
            (application_id, number, giver, giver_badge, taker, taker_badge, manifest_id, moved_at)
        select application_id, c.move + 1, c.holder, c.courier_badge, x.taker, x.badge, x.manifest_id, $5
        from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) as x (application_id, taker, badge, manifest_id)
        join custody c using (application_id)
        where (c.holder, c.courier_badge) is distinct from (x.taker, x.badge)
        returning application_id, giver, giver_badge, taker, taker_badge, manifest_id
        """,
        [m.application_id for m in moves],
        [m.taker for m in moves],
        [m.badge for m in moves],
        [m.manifest_id for m in moves],
        at,
    )
    return rows


async def chain(conn: Connection, application_id: UUID) -> list[asyncpg.Record]:
    """Every change of hands of one document, in order."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select number, giver, giver_badge, taker, taker_badge, manifest_id, moved_at
        from custody_move where application_id = $1 order by number
        """,
        application_id,
    )
    return rows
