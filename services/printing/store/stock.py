"""Stocks, blanks and the ledger that moves them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shared.messaging import Connection


async def open_stock(conn: Connection, stock_id: str, site: str, blank_kind: str) -> None:
    """Have an empty stock if there is none; waits for another transaction that opens the same one."""
    await conn.execute(
        """
        with opened as (
            insert into stock (stock_id, site, blank_kind) values ($1, $2, $3) on conflict do nothing
        )
        insert into stock_warning (stock_id, level) values ($1, $4) on conflict do nothing
        """,
        stock_id,
        site,
        blank_kind,
        WARNING_LEVEL,
    )


WARNING_LEVEL = 500
"""Unreserved blanks below which a stock is low: a quarter of the 2,000 cards that the office prints a day."""


async def lock_stocks(conn: Connection, stock_ids: Sequence[str]) -> dict[str, int]:
    """Hold the stocks until the transaction ends and return their unreserved blanks.

    Everything that gives, takes or queues for blanks passes here first, in the order of ids and before it
    locks any order: so two instances never give the same blank away, an order never misses the blanks that
    arrive beside it, and nobody locks crosswise.
    """
    rows = await conn.fetch(
        """
        select stock_id, in_stock - reserved as available from stock
        where stock_id = any($1::text[]) order by stock_id for update
        """,
        stock_ids,
    )
    return {row["stock_id"]: row["available"] for row in rows}


async def lock_receipts(conn: Connection) -> None:
    """One receipt at a time, so that the look for known serials is true until it is written."""
    await conn.execute("select pg_advisory_xact_lock(hashtextextended('antar-receipt', 0))")


async def known_serials(conn: Connection, first: str, last: str) -> list[Record]:
    """The first three blanks of the range that are known already, where they are, and how many there are."""
    return await conn.fetch(
        """
        select serial, stock_id, state, count(*) over () as known from blank
        where serial between $1 and $2 and length(serial) = length($1)
        order by serial limit 3
        """,
        first,
        last,
    )


async def write_receipt(
    conn: Connection,
    receipt_id: UUID,
    stock_id: str,
    first: str,
    last: str,
    quantity: int,
    letter_number: str,
    received_at: datetime,
) -> None:
    """Keep the letter's range and book it; the ledger puts the blanks into the stock, one per serial."""
    await conn.execute(
        """
        with letter as (
            insert into receipt (receipt_id, stock_id, first_serial, last_serial, quantity, letter_number, received_at)
            values ($1, $2, $3, $4, $5, $6, $7)
            returning *
        )
        insert into ledger (stock_id, movement, quantity, receipt_id, at)
        select stock_id, 'RECEIVED', quantity, receipt_id, received_at from letter
        """,
        receipt_id,
        stock_id,
        first,
        last,
        quantity,
        letter_number,
        received_at,
    )


async def book_reserved(conn: Connection, stock_id: str, quantity: int, draw_id: UUID, at: datetime) -> None:
    """Reserve blanks for a draw.

    Raises:
        asyncpg.CheckViolationError: there are not so many.
    """
    await conn.execute(
        """
        insert into ledger (stock_id, movement, quantity, draw_id, at) values ($1, 'RESERVED', $2, $3, $4)
        """,
        stock_id,
        quantity,
        draw_id,
        at,
    )


async def book_undrawn(conn: Connection, stock_id: str, quantity: int, draw_id: UUID, at: datetime) -> None:
    """Free what a draw had reserved for orders that ended before it came to them."""
    await conn.execute(
        """
        insert into ledger (stock_id, movement, quantity, draw_id, at) values ($1, 'RELEASED', $2, $3, $4)
        """,
        stock_id,
        quantity,
        draw_id,
        at,
    )


async def book_released(
    conn: Connection, stock_ids: Sequence[str], application_ids: Sequence[UUID], at: datetime
) -> None:
    """Free the blank reserved for each application."""
    await conn.execute(
        """
        insert into ledger (stock_id, movement, quantity, application_id, at)
        select s, 'RELEASED', 1, a, $3 from unnest($1::text[], $2::uuid[]) as released (s, a)
        """,
        stock_ids,
        application_ids,
        at,
    )


async def book_used(
    conn: Connection,
    stock_id: str,
    run_id: UUID,
    application_ids: Sequence[UUID],
    serials: Sequence[str],
    reasons: Sequence[str | None],
    at: datetime,
) -> None:
    """Book the blanks of a run: printed where there is no reason, else spoiled for it.

    Raises:
        asyncpg.CheckViolationError: a serial is not in this stock any more.
        asyncpg.UniqueViolationError: an application has its card already.
    """
    await conn.execute(
        """
        insert into ledger (stock_id, movement, quantity, serial, application_id, run_id, reason, at)
        select $1, case when r is null then 'PRINTED' else 'SPOILED' end, 1, s, a, $2, r, $6
        from unnest($3::uuid[], $4::text[], $5::text[]) as used (a, s, r)
        """,
        stock_id,
        run_id,
        application_ids,
        serials,
        reasons,
        at,
    )


async def mark_low(conn: Connection, stock_ids: Sequence[str]) -> list[Record]:
    """Note which stocks fell under their warning level or rose above it; return those that fell just now."""
    return await conn.fetch(
        """
        with changed as (
            update stock_warning w set low = not w.low from stock s
            where s.stock_id = any($1::text[]) and w.stock_id = s.stock_id
                and w.low <> (s.in_stock - s.reserved < w.level)
            returning s.stock_id, s.site, s.blank_kind, s.in_stock - s.reserved as available, w.level, w.low
        )
        select * from changed where low order by stock_id
        """,
        stock_ids,
    )


async def balance(conn: Connection, stock_id: str) -> Record:
    """The balance of one stock."""
    row = await conn.fetchrow("select * from stock where stock_id = $1", stock_id)
    assert row is not None
    return row


async def levels(conn: Connection) -> list[Record]:
    """All stocks as they are booked, and the free blanks below which each is low; without a recount."""
    return await conn.fetch(
        """
        select s.site, s.blank_kind, w.level, s.in_stock - s.reserved as free, s.reserved, s.printed, s.spoiled,
            s.transferred_out, s.missing
        from stock s join stock_warning w using (stock_id)
        """
    )


async def balances(conn: Connection) -> list[Record]:
    """All stocks with their balance, and beside it what a recount finds.

    The recount asks the blanks by serial, the ledger and the orders, none of which is the balance row.
    """
    return await conn.fetch(
        """
        select s.*, b.counted_in_stock, b.counted_printed, b.counted_spoiled,
            coalesce(l.reserved, 0) as booked_reserved, o.holding + coalesce(d.drawn, 0) as held
        from stock s
        cross join lateral (
            select count(*) filter (where state = 'IN_STOCK') as counted_in_stock,
                count(*) filter (where state = 'PRINTED') as counted_printed,
                count(*) filter (where state = 'SPOILED') as counted_spoiled
            from blank where blank.stock_id = s.stock_id
        ) b
        cross join lateral (
            select sum(case movement when 'RESERVED' then quantity when 'RECEIVED' then 0 else -quantity end)
                as reserved
            from ledger where ledger.stock_id = s.stock_id
        ) l
        cross join lateral (
            select count(*) as holding from print_order
            where print_order.stock_id = s.stock_id and state in ('ALLOCATED', 'PRINTING')
        ) o
        left join lateral (
            select sum(size - settled) as drawn from draw where draw.stock_id = s.stock_id and settled < size
        ) d on true
        order by s.stock_id
        """
    )


async def blank(conn: Connection, serial: str) -> Record | None:
    """A blank by its serial, with the order it is bound to, if any."""
    return await conn.fetchrow(
        """
        select b.serial, b.stock_id, b.state, o.application_id, o.state as order_state
        from blank b left join print_order o on o.serial = b.serial
        where b.serial = $1
        """,
        serial,
    )


async def spoiled_for(conn: Connection, application_id: UUID, serial: str) -> bool:
    """Whether this blank is booked as spoiled for this application."""
    found = await conn.fetchval(
        "select true from ledger where application_id = $1 and movement = 'SPOILED' and serial = $2",
        application_id,
        serial,
    )
    return bool(found)
