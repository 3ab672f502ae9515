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
    conn: Connection, run_id: UUID, site: str, blank_kind: str | None, stock_id: str | None, started_at: datetime
) -> bool:
    """Open a run for one site and kind; False when there is an open one."""
    opened = await conn.fetchval(
        """
        insert into print_run (run_id, site, blank_kind, stock_id, size, started_at) values ($1, $2, $3, $4, 0, $5)
        on conflict (site, coalesce(blank_kind, '')) where finished_at is null do nothing
        returning true
        """,
        run_id,
        site,
        blank_kind,
        stock_id,
        started_at,
    )
    return bool(opened)


async def bind_blanks(conn: Connection, run_id: UUID, stock_id: str, size: int) -> int:
    """Put the next allocated orders on the run, each with the next free blank of the pile; returns how many.

    Lock the stock first: the blank is free because no order holds its serial.
    """
    done = await conn.execute(
        """
        with next_order as (
            select application_id, row_number() over (order by class_rank, place_since, application_id) as n
            from (
                select application_id, class_rank, place_since from print_order
                where stock_id = $2 and state = 'ALLOCATED'
                order by class_rank, place_since, application_id
                limit $3
            ) as allocated
        ), next_blank as (
            select serial, row_number() over (order by pile) as n
            from (
                select serial, pile from blank b
                where b.stock_id = $2 and b.state = 'IN_STOCK'
                    and not exists (select from print_order o where o.serial = b.serial)
                order by pile
                limit $3
            ) as free
        )
        update print_order o set state = 'PRINTING', run_id = $1, serial = b.serial
        from next_order n join next_blank b using (n)
        where o.application_id = n.application_id
        """,
        run_id,
        stock_id,
        size,
    )
    return int(done.split()[-1])


async def take_ready(conn: Connection, run_id: UUID, site: str, size: int) -> int:
    """Put the next orders that need no blank on the run; returns how many.

    Leaves out one that is being cancelled at this moment, instead of waiting for it.
    """
    done = await conn.execute(
        """
        update print_order set state = 'PRINTING', run_id = $1
        where application_id in (
            select application_id from print_order where site = $2 and state = 'READY'
            order by place_since, application_id
            limit $3
            for update skip locked
        )
        """,
        run_id,
        site,
        size,
    )
    return int(done.split()[-1])


async def drop_run(conn: Connection, run_id: UUID) -> None:
    """Forget a run that found nothing to print."""
    await conn.execute("delete from print_run where run_id = $1 and size = 0", run_id)


async def start_run(conn: Connection, run_id: UUID, size: int) -> None:
    """Note how many went to the printer."""
    await conn.execute("update print_run set size = $2 where run_id = $1", run_id, size)


async def jobs(conn: Connection, run_id: UUID) -> list[Record]:
    """What is at the printer in this run, in the order of service."""
    return await conn.fetch(
        """
        select application_id, serial from print_order where run_id = $1 and state = 'PRINTING'
        order by class_rank, place_since, application_id
        """,
        run_id,
    )


async def lock_run(conn: Connection, run_id: UUID) -> Record | None:
    """An open run, held until the transaction ends; None when its results are recorded."""
    return await conn.fetchrow("select * from print_run where run_id = $1 and finished_at is null for update", run_id)


async def bind_scanned(conn: Connection, application_id: UUID, run_id: UUID, serial: str | None) -> None:
    """Put one order on a run with the blank that the operator scanned.

    Raises:
        asyncpg.UniqueViolationError: the blank is bound to another order.
    """
    await conn.execute(
        "update print_order set state = 'PRINTING', run_id = $2, serial = $3 where application_id = $1",
        application_id,
        run_id,
        serial,
    )


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
