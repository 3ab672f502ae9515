"""Draws: who gets the free blanks of a stock, fixed at one moment and settled in parts."""

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shared.messaging import Connection


async def open_draw(conn: Connection, stock_id: str) -> Record | None:
    """The draw of this stock that is not settled to its end; there is at most one."""
    return await conn.fetchrow("select * from draw where stock_id = $1 and settled < size", stock_id)


async def fix_places(conn: Connection, draw_id: UUID, stock_id: str, blanks: int) -> int:
    """Write down who is at the head of the queue now, at most `blanks`; returns how many. Lock the stock first."""
    done = await conn.execute(
        """
        insert into draw_place (draw_id, position, application_id)
        select $1, row_number() over (order by class_rank, place_since, application_id), application_id
        from (
            select class_rank, place_since, application_id from print_order
            where stock_id = $2 and state = 'QUEUED'
            order by class_rank, place_since, application_id
            limit $3
        ) as head
        """,
        draw_id,
        stock_id,
        blanks,
    )
    return int(done.split()[-1])


async def write_draw(
    conn: Connection, draw_id: UUID, stock_id: str, policy_version: int, size: int, settled: int, drawn_at: datetime
) -> None:
    """Keep the draw, whose first `settled` positions are done in this same transaction."""
    await conn.execute(
        """
        insert into draw (draw_id, stock_id, policy_version, size, settled, drawn_at)
        values ($1, $2, $3, $4, $5, $6)
        """,
        draw_id,
        stock_id,
        policy_version,
        size,
        settled,
        drawn_at,
    )


async def allocate_part(conn: Connection, draw_id: UUID, after: int, upto: int, allocated_at: datetime) -> list[Record]:
    """Give their blanks to the orders at positions `after` + 1 to `upto` of the draw, if they still wait; in order."""
    return await conn.fetch(
        """
        with given as (
            update print_order o set state = 'ALLOCATED', allocated_at = $4, position = p.position
            from draw_place p
            where p.draw_id = $1 and p.position > $2 and p.position <= $3
                and o.application_id = p.application_id and o.state = 'QUEUED'
            returning o.application_id, o.site, o.blank_kind, o.priority_class, o.place_since,
                o.policy_version, o.position
        )
        select * from given order by position
        """,
        draw_id,
        after,
        upto,
        allocated_at,
    )


async def settle(conn: Connection, draw_id: UUID, upto: int) -> None:
    """Note that the draw is done up to a position."""
    await conn.execute("update draw set settled = $2 where draw_id = $1", draw_id, upto)


async def stocks_to_serve(conn: Connection) -> list[str]:
    """The stocks with an open draw, or with free blanks while somebody waits."""
    rows = await conn.fetch(
        """
        select s.stock_id from stock s
        where exists (select from draw d where d.stock_id = s.stock_id and d.settled < d.size)
            or (s.in_stock > s.reserved and exists (
                select from print_order o where o.stock_id = s.stock_id and o.state = 'QUEUED'
            ))
        order by s.stock_id
        """
    )
    return [row["stock_id"] for row in rows]
