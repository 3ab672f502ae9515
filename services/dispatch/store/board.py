"""What waits in an area and who holds what, for the coordinator's board; without personal data."""

from collections.abc import Sequence

from asyncpg import Record

from shared.messaging.transaction import Connection


async def count_by_state(conn: Connection, within: Sequence[str]) -> dict[str, int]:
    """Documents within that are not at their end, by the state of their delivery."""
    rows = await conn.fetch(
        """
        select state, count(*) as documents from delivery
        where state not in ('EXPECTED', 'DELIVERED', 'RETURNED') and kelurahan_code || '/' || rw like any($1::text[])
        group by state
        """,
        within,
    )
    return {row["state"]: row["documents"] for row in rows}


async def by_rw(conn: Connection, within: Sequence[str], limit: int) -> list[Record]:
    """RWs within that have documents and who serves them (`badge` None: nobody): how many are `waiting` for the
    hand-over, how many are `carried`, by which `holders` and since when, the `oldest` of either; the oldest first,
    `limit` of the `total` RWs."""
    rows: list[Record] = await conn.fetch(
        """
        select d.kelurahan_code, d.rw, b.badge,
            count(*) filter (where c.holder <> 'COURIER') as waiting,
            count(*) filter (where c.holder = 'COURIER') as carried,
            min(c.since) filter (where c.holder = 'COURIER') as carried_since,
            array_agg(distinct c.courier_badge) filter (where c.holder = 'COURIER') as holders,
            min(c.since) as oldest, count(*) over () as total
        from delivery d join custody c using (application_id) left join beat b using (kelurahan_code, rw)
        where d.state in ('WAITING_FOR_COURIER', 'ASSIGNED', 'WITH_COURIER', 'WAITING_FOR_ROUTE', 'RECALLED', 'LOST')
            and d.kelurahan_code || '/' || d.rw like any($1::text[])
        group by d.kelurahan_code, d.rw, b.badge
        order by oldest, d.kelurahan_code, d.rw limit $2
        """,
        within,
        limit,
    )
    return rows


async def pickups(conn: Connection, within: Sequence[str], limit: int) -> list[Record]:
    """Documents held for pick-up within by their last day: kelurahan, `held_until` and how many, the nearest first."""
    rows: list[Record] = await conn.fetch(
        """
        select kelurahan_code, held_until, count(*) as documents from delivery
        where state = 'HELD_FOR_PICKUP' and kelurahan_code || '/' || rw like any($1::text[])
        group by kelurahan_code, held_until order by held_until, kelurahan_code limit $2
        """,
        within,
        limit,
    )
    return rows
