"""Print orders: their place, what is reserved for them, their end."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record

from shared.messaging import Connection


class Placed(NamedTuple):
    """An order to be queued. The four that concern blanks are None together."""

    application_id: UUID
    state: str
    document_kind: str
    site: str
    blank_kind: str | None
    stock_id: str | None
    priority_class: str | None
    class_rank: int | None
    place_since: datetime
    policy_version: int
    kelurahan_code: str
    rw: str


async def queue_orders(conn: Connection, orders: Sequence[Placed], queued_at: datetime) -> set[UUID]:
    """Give each application its place; returns those that had none yet."""
    rows = await conn.fetch(
        """
        insert into print_order (
            application_id, state, document_kind, site, blank_kind, stock_id, priority_class, class_rank,
            place_since, policy_version, kelurahan_code, rw, queued_at
        )
        select *, $13 from unnest(
            $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[],
            $9::timestamptz[], $10::integer[], $11::text[], $12::text[]
        )
        on conflict (application_id) do nothing
        returning application_id
        """,
        *zip(*orders, strict=True),
        queued_at,
    )
    return {row["application_id"] for row in rows}


async def stocks_of(conn: Connection, application_ids: Sequence[UUID]) -> list[str]:
    """The stocks that these orders take from or may give back to. An order never changes its stock."""
    rows = await conn.fetch(
        """
        select distinct stock_id from print_order
        where application_id = any($1::uuid[]) and stock_id is not null
        """,
        application_ids,
    )
    return [row["stock_id"] for row in rows]


async def lock_orders(conn: Connection, application_ids: Sequence[UUID]) -> list[Record]:
    """The orders as they stand, held until the transaction ends. Lock their stocks first."""
    return await conn.fetch(
        "select * from print_order where application_id = any($1::uuid[]) order by application_id for update",
        application_ids,
    )


async def end_orders(conn: Connection, application_ids: Sequence[UUID], cancelled_at: datetime) -> None:
    """End orders that are not at the printer: what is printed is void, the rest never will be.

    An order that is at the printer keeps its state and remembers the cancellation until the result is known.
    """
    await conn.execute(
        """
        update print_order set
            cancelled_at = $2,
            state = case state when 'PRINTING' then state when 'PRINTED' then 'VOIDED' else 'CANCELLED' end
        where application_id = any($1::uuid[])
        """,
        application_ids,
        cancelled_at,
    )


async def correct_orders(
    conn: Connection, application_ids: Sequence[UUID], kelurahan_codes: Sequence[str], rws: Sequence[str]
) -> None:
    """Change where the documents will go that are not printed yet."""
    await conn.execute(
        """
        update print_order o set kelurahan_code = c.kelurahan_code, rw = c.rw
        from unnest($1::uuid[], $2::text[], $3::text[]) as c (application_id, kelurahan_code, rw)
        where o.application_id = c.application_id and o.printed_at is null
        """,
        application_ids,
        kelurahan_codes,
        rws,
    )


async def reclassify_orders(
    conn: Connection, application_ids: Sequence[UUID], priority_classes: Sequence[str], ranks: Sequence[int]
) -> None:
    """Let orders wait in another class; their place-giving time stays. They are locked and wait."""
    await conn.execute(
        """
        update print_order o set priority_class = c.class, class_rank = c.rank
        from unnest($1::uuid[], $2::text[], $3::smallint[]) as c (application_id, class, rank)
        where o.application_id = c.application_id
        """,
        application_ids,
        priority_classes,
        ranks,
    )


async def waiting_by_class(conn: Connection, site: str | None, blank_kind: str | None) -> dict[str, int]:
    """How many wait for a blank, by class."""
    rows = await conn.fetch(
        """
        select priority_class, count(*) as orders from print_order
        where state = 'QUEUED' and ($1::text is null or site = $1) and ($2::text is null or blank_kind = $2)
        group by priority_class
        """,
        site,
        blank_kind,
    )
    return {row["priority_class"]: row["orders"] for row in rows}


async def head_of_queue(conn: Connection, stock_id: str, blanks: int) -> list[Record]:
    """Who would get the next blanks, in order. Who is in an open draw has a blank reserved and is not among them."""
    return await conn.fetch(
        """
        select application_id, priority_class, place_since,
            row_number() over (order by class_rank, place_since, application_id) as position
        from print_order o
        where stock_id = $1 and state = 'QUEUED' and not exists (
            select from draw d join draw_place p using (draw_id)
            where d.stock_id = $1 and d.settled < d.size and p.position > d.settled
                and p.application_id = o.application_id
        )
        order by class_rank, place_since, application_id
        limit $2
        """,
        stock_id,
        blanks,
    )


async def order(conn: Connection, application_id: UUID) -> Record | None:
    """One order, with the number of blanks spoiled for it."""
    return await conn.fetchrow(
        """
        select o.*, (
            select count(*) from ledger l where l.application_id = o.application_id and l.movement = 'SPOILED'
        ) as blanks_spoiled
        from print_order o where o.application_id = $1
        """,
        application_id,
    )


async def place_in_queue(conn: Connection, order: Record) -> int:
    """How many stand before a queued order, plus one."""
    ahead: int = await conn.fetchval(
        """
        select count(*) from print_order
        where stock_id = $1 and state = 'QUEUED' and (class_rank, place_since, application_id) < ($2, $3, $4)
        """,
        order["stock_id"],
        order["class_rank"],
        order["place_since"],
        order["application_id"],
    )
    return ahead + 1


async def by_state(conn: Connection) -> dict[str, int]:
    """How many orders stand where."""
    rows = await conn.fetch("select state, count(*) as orders from print_order group by state order by state")
    return {row["state"]: row["orders"] for row in rows}
