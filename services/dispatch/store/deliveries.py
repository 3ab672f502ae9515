"""Deliveries from the first fact heard of an application to their end."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.dispatch.domain import State
from shared.events.printing import DocumentPrinted
from shared.messaging.transaction import Connection


async def note_destinations(
    conn: Connection, application_ids: Sequence[UUID], kelurahan_codes: Sequence[str], rws: Sequence[str]
) -> list[UUID]:
    """Note where each application's document goes, one place each, until it is handed over or the coordinator chose.

    Locks the rows whether or not they change: this is where facts of different topics wait for each other.
    Returns the documents that exist and now wait for the courier of another place than before.
    """
    rows = await conn.fetch(
        """
        insert into delivery as d (application_id, kelurahan_code, rw)
        select a, k, r from unnest($1::uuid[], $2::text[], $3::text[]) as x (a, k, r) order by a
        on conflict (application_id) do update
        set kelurahan_code = excluded.kelurahan_code, rw = excluded.rw, courier_badge = null,
            state = case d.state when 'ASSIGNED' then 'WAITING_FOR_COURIER' else d.state end
        where d.state in ('EXPECTED', 'WAITING_FOR_RECIPIENT', 'WAITING_FOR_COURIER', 'ASSIGNED')
            and d.routed_at is null
            and (d.kelurahan_code, d.rw) is distinct from (excluded.kelurahan_code, excluded.rw)
        returning application_id, state
        """,
        application_ids,
        kelurahan_codes,
        rws,
    )
    return [row["application_id"] for row in rows if row["state"] != State.EXPECTED]


async def forget_destinations(conn: Connection, application_ids: Sequence[UUID]) -> None:
    """Documents not handed over yet wait until their recipient is known again: nobody is sent to no address."""
    await conn.execute(
        """
        update delivery
        set kelurahan_code = null, rw = null, courier_badge = null,
            state = case state when 'EXPECTED' then state else 'WAITING_FOR_RECIPIENT' end
        where application_id = any($1::uuid[]) and routed_at is null
            and state in ('EXPECTED', 'WAITING_FOR_RECIPIENT', 'WAITING_FOR_COURIER', 'ASSIGNED')
        """,
        application_ids,
    )


async def note_prints(conn: Connection, prints: Sequence[DocumentPrinted]) -> list[asyncpg.Record]:
    """Note documents that exist now, one per application, and who brings them where that is known.

    Returns `application_id`, `round`, `cancelled` and, as in `assign`, `courier_badge`, `kelurahan_code`, `rw`.
    A document printed again after the first came back begins a new round; of one that is still out, nothing changes.
    """
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        insert into delivery as d (application_id, state, document_kind, on_blank, printed_at)
        select a, 'WAITING_FOR_RECIPIENT', k, b, p
        from unnest($1::uuid[], $2::text[], $3::boolean[], $4::timestamptz[]) as x (a, k, b, p) order by a
        on conflict (application_id) do update
        set document_kind = excluded.document_kind, on_blank = excluded.on_blank, printed_at = excluded.printed_at,
            round = d.round + (d.state = 'RETURNED')::integer, attempts = 0, recalled_at = null, return_reason = null,
            (state, courier_badge) = (
                select case when d.kelurahan_code is null then 'WAITING_FOR_RECIPIENT'
                    when max(badge) is null then 'WAITING_FOR_COURIER' else 'ASSIGNED' end, max(badge)
                from beat where kelurahan_code = d.kelurahan_code and rw = d.rw
            )
        where d.state = 'EXPECTED' or (d.state = 'RETURNED' and d.cancelled_at is null)
        returning application_id, round, cancelled_at is not null as cancelled, courier_badge, kelurahan_code, rw
        """,
        [p.application_id for p in prints],
        [p.document_kind for p in prints],
        [p.blank_kind is not None for p in prints],
        [p.printed_at for p in prints],
    )
    return rows


async def note_cancellation(conn: Connection, application_id: UUID, at: datetime) -> None:
    """Remember that nobody is to get this document, whether or not it was printed yet."""
    await conn.execute(
        """
        insert into delivery as d (application_id, cancelled_at) values ($1, $2)
        on conflict (application_id) do update set cancelled_at = coalesce(d.cancelled_at, excluded.cancelled_at)
        """,
        application_id,
        at,
    )


async def withdraw(conn: Connection, application_ids: Sequence[UUID], at: datetime) -> list[UUID]:
    """End the deliveries whose document is at the office, call the others back; returns those that ended.

    The rows must be locked by an earlier statement: a holder read while waiting for a hand-over would be yesterday's.
    """
    rows = await conn.fetch(
        """
        update delivery d
        set state = case when c.holder = 'OFFICE' then 'RETURNED' when d.state = 'LOST' then 'LOST' else 'RECALLED' end,
            return_reason = case c.holder when 'OFFICE' then 'APPLICATION_CANCELLED' end,
            courier_badge = case c.holder when 'OFFICE' then null else d.courier_badge end,
            recalled_at = case c.holder when 'OFFICE' then null else coalesce(d.recalled_at, $2) end
        from custody c
        where c.application_id = d.application_id and d.application_id = any($1::uuid[])
            and d.state not in ('EXPECTED', 'DELIVERED', 'RETURNED')
        returning d.application_id, d.state
        """,
        application_ids,
        at,
    )
    return [r["application_id"] for r in rows if r["state"] == "RETURNED"]


async def assign(conn: Connection, application_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Give documents that wait and whose place is known to the courier of the place, if it has one.

    Returns `application_id`, `courier_badge` (None: still waits for a courier), `kelurahan_code`, `rw`.
    """
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        update delivery d
        set state = case when w.badge is null then 'WAITING_FOR_COURIER' else 'ASSIGNED' end, courier_badge = w.badge
        from (
            select application_id, badge from delivery left join beat using (kelurahan_code, rw)
            where application_id = any($1::uuid[]) and kelurahan_code is not null
                and state in ('WAITING_FOR_RECIPIENT', 'WAITING_FOR_COURIER')
        ) w
        where d.application_id = w.application_id
        returning d.application_id, d.courier_badge, d.kelurahan_code, d.rw
        """,
        application_ids,
    )
    return rows


async def assign_to_new_couriers(conn: Connection) -> list[asyncpg.Record]:
    """Give what is not handed over yet to the couriers of the roster as it stands now; rows as in `assign`."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        update delivery d set state = 'ASSIGNED', courier_badge = b.badge
        from beat b
        where b.kelurahan_code = d.kelurahan_code and b.rw = d.rw
            and d.state in ('WAITING_FOR_COURIER', 'ASSIGNED') and d.courier_badge is distinct from b.badge
        returning d.application_id, d.courier_badge, d.kelurahan_code, d.rw
        """
    )
    return rows


async def lock_assigned(
    conn: Connection, within: Sequence[str], badges: Sequence[str], application_ids: Sequence[UUID] | None
) -> list[asyncpg.Record]:
    """Documents within that wait to be handed over to these couriers, of the applications named if they are; locked.

    Returns `application_id` and `courier_badge`.
    """
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select application_id, courier_badge from delivery
        where state = 'ASSIGNED' and courier_badge = any($1::text[])
            and ($2::uuid[] is null or application_id = any($2))
            and kelurahan_code || '/' || rw like any($3::text[])
        order by application_id for update
        """,
        badges,
        application_ids,
        within,
    )
    return rows


async def places(conn: Connection, application_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Where these documents go: `kelurahan_code` and `rw`, None while that is not known."""
    rows: list[asyncpg.Record] = await conn.fetch(
        "select distinct kelurahan_code, rw from delivery where application_id = any($1::uuid[])", application_ids
    )
    return rows


async def waiting_by_courier(conn: Connection, within: Sequence[str]) -> list[asyncpg.Record]:
    """Couriers for whom documents within wait to be handed over: `courier_badge`, `waiting`."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select courier_badge, count(*) as waiting from delivery
        where state = 'ASSIGNED' and kelurahan_code || '/' || rw like any($1::text[])
        group by courier_badge order by courier_badge
        """,
        within,
    )
    return rows


async def set_out(conn: Connection, application_ids: Sequence[UUID]) -> None:
    """Their courier has them."""
    await conn.execute(
        "update delivery set state = 'WITH_COURIER' where application_id = any($1::uuid[])", application_ids
    )
