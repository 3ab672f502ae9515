"""What couriers signed for, and the rounds in which all of them did."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from shared.messaging.transaction import Connection


async def make_manifests(
    conn: Connection, manifests: Sequence[tuple[UUID, str, int]], round_id: UUID | None, at: datetime
) -> None:
    """Note manifests (id, courier's badge, number of documents), made in a round or by themselves."""
    await conn.execute(
        """
        insert into manifest (manifest_id, courier_badge, documents, round_id, made_at)
        select m, b, n, $4, $5 from unnest($1::uuid[], $2::text[], $3::integer[]) as x (m, b, n)
        """,
        [m for m, _, _ in manifests],
        [b for _, b, _ in manifests],
        [n for _, _, n in manifests],
        round_id,
        at,
    )


async def begin_round(conn: Connection, round_id: UUID) -> bool:
    """Begin the round or go on with it; False when it was finished before."""
    going: bool = await conn.fetchval(
        """
        insert into morning_round as r (round_id) values ($1)
        on conflict (round_id) do update set finished_at = r.finished_at
        returning finished_at is null
        """,
        round_id,
    )
    return going


async def finish_round(conn: Connection, round_id: UUID, at: datetime) -> asyncpg.Record:
    """End the round: `manifests` and `handed_over`, the number of its documents."""
    row = await conn.fetchrow(
        """
        with finished as (update morning_round set finished_at = $2 where round_id = $1)
        select count(*) as manifests, coalesce(sum(documents), 0) as handed_over from manifest where round_id = $1
        """,
        round_id,
        at,
    )
    assert row is not None
    return row
