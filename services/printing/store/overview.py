"""How much waits and how long already, for the first page."""

from asyncpg import Record

from shared.messaging import Connection


async def waiting(conn: Connection) -> list[Record]:
    """By kind of blank and class: how many wait for a blank and since when the first of them."""
    return await conn.fetch(
        """
        select site, blank_kind, priority_class, class_rank, count(*) as orders, min(place_since) as oldest
        from print_order where state = 'QUEUED'
        group by site, blank_kind, priority_class, class_rank order by site, blank_kind, class_rank
        """
    )


async def unprinted(conn: Connection) -> Record:
    """`orders` that have a blank or need none and are not printed yet, and the `oldest` of them; None without any."""
    row = await conn.fetchrow(
        """
        select count(*) as orders, min(coalesce(allocated_at, queued_at)) as oldest
        from print_order where state in ('ALLOCATED', 'READY', 'PRINTING')
        """
    )
    assert row is not None
    return row
