"""Print runs: what is at the printer, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shared.messaging import Connection


async def open_runs(conn: Connection) -> list[Record]:
    """The runs whose results are not recorded."""
    return await conn.fetch("select * from print_run where finished_at is null order by started_at, run_id")


async def lines_to_print(conn: Connection) -> list[Record]:
    """Where something may wait for the printer: site and kind of blank, None for plain paper; in a fixed order."""
    return await conn.fetch(
        """
        select site, blank_kind, stock_id from stock where reserved > 0
        union all
        (
            select site, null, null from print_order where state = 'READY'
            order by site, place_since, application_id limit 1
        )
        order by 1, 2 nulls first
        """
    )


async def open_run(
    conn: Connection,
    run_id: UUID,
    site: str,
    blank_kind: str | None,
    stock_id: str | None,
    size: int,
    started_at: datetime,
) -> None:
    """Open a run of `size` orders for one site and kind."""
    await conn.execute(
        """
        insert into print_run (run_id, site, blank_kind, stock_id, size, started_at) values ($1, $2, $3, $4, $5, $6)
        """,
        run_id,
        site,
        blank_kind,
        stock_id,
        size,
        started_at,
    )


async def next_orders(conn: Connection, stock_id: str, size: int) -> list[UUID]:
    """The allocated orders that are to be printed next, in the order of service."""
    rows = await conn.fetch(
        """
        select application_id from print_order
        where stock_id = $1 and state = 'ALLOCATED'
        order by class_rank, place_since, application_id
        limit $2
        """,
        stock_id,
        size,
    )
    return [row["application_id"] for row in rows]


async def next_blanks(conn: Connection, stock_id: str, size: int) -> list[str]:
    """The blanks on top of the pile that no order holds. Lock the stock first, or a rival takes the same ones."""
    rows = await conn.fetch(
        """
        select serial from blank b
        where b.stock_id = $1 and b.state = 'IN_STOCK'
            and not exists (select from print_order o where o.serial = b.serial)
        order by pile
        limit $2
        """,
        stock_id,
        size,
    )
    return [row["serial"] for row in rows]


async def bind(conn: Connection, run_id: UUID, application_ids: Sequence[UUID], serials: Sequence[str | None]) -> None:
    """Put the orders on the run, each with its blank.

    Raises:
        asyncpg.UniqueViolationError: a blank is bound to another order.
    """
    await conn.execute(
        """
        update print_order o set state = 'PRINTING', run_id = $1, serial = b.serial
        from unnest($2::uuid[], $3::text[]) as b (application_id, serial)
        where o.application_id = b.application_id and o.state in ('ALLOCATED', 'READY')
        """,
        run_id,
        application_ids,
        serials,
    )


async def next_ready(conn: Connection, site: str, size: int) -> list[UUID]:
    """The orders without a blank that are to be printed next, held until the transaction ends.

    Leaves out one that is being cancelled at this moment, instead of waiting for it.
    """
    rows = await conn.fetch(
        """
        select application_id from print_order where site = $1 and state = 'READY'
        order by place_since, application_id
        limit $2
        for update skip locked
        """,
        site,
        size,
    )
    return [row["application_id"] for row in rows]


async def jobs(conn: Connection, run_id: UUID) -> list[Record]:
    """What is at the printer in this run, in the order of service."""
    return await conn.fetch(
        """
        select run_id, application_id, serial from print_order where run_id = $1 and state = 'PRINTING'
        order by class_rank, place_since, application_id
        """,
        run_id,
    )


async def lock_run(conn: Connection, run_id: UUID) -> Record | None:
    """An open run, held until the transaction ends; None when its results are recorded."""
    return await conn.fetchrow("select * from print_run where run_id = $1 and finished_at is null for update", run_id)


async def write_single(
    conn: Connection,
    run_id: UUID,
    site: str,
    blank_kind: str | None,
    stock_id: str | None,
    printed: int,
    spoiled: int,
    at: datetime,
) -> None:
    """Keep a run of one document printed by hand; it was never open."""
    await conn.execute(
        """
        insert into print_run (run_id, site, blank_kind, stock_id, size, printed, spoiled, started_at, finished_at)
        values ($1, $2, $3, $4, 1, $5, $6, $7, $7)
        """,
        run_id,
        site,
        blank_kind,
        stock_id,
        printed,
        spoiled,
        at,
    )


async def keep_printed(conn: Connection, application_ids: Sequence[UUID], printed_at: datetime) -> None:
    """The documents exist. One whose application was cancelled meanwhile is void from the start."""
    await conn.execute(
        """
        update print_order set
            printed_at = $2, state = case when cancelled_at is null then 'PRINTED' else 'VOIDED' end
        where application_id = any($1::uuid[]) and state = 'PRINTING'
        """,
        application_ids,
        printed_at,
    )


async def queue_again(conn: Connection, application_ids: Sequence[UUID]) -> None:
    """The blanks are lost; class and time, hence the place, stay. A cancelled order ends instead."""
    await conn.execute(
        """
        update print_order set
            run_id = null, serial = null, position = null, allocated_at = null,
            state = case when cancelled_at is not null then 'CANCELLED' else 'QUEUED' end
        where application_id = any($1::uuid[]) and state = 'PRINTING'
        """,
        application_ids,
    )


async def finish_run(conn: Connection, run_id: UUID, printed: int, spoiled: int, finished_at: datetime) -> None:
    """The results are recorded."""
    await conn.execute(
        "update print_run set printed = $2, spoiled = $3, finished_at = $4 where run_id = $1",
        run_id,
        printed,
        spoiled,
        finished_at,
    )


async def results(conn: Connection) -> Record:
    """Documents printed and blanks spoiled so far."""
    row = await conn.fetchrow(
        """
        select coalesce(sum(printed), 0)::bigint as printed, coalesce(sum(spoiled), 0)::bigint as spoiled
        from print_run
        """
    )
    assert row is not None
    return row
