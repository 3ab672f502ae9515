"""Who serves which neighbourhood."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from shared.messaging.transaction import Connection


class Beat(NamedTuple):
    """A line of the roster: the courier of one RW."""

    kelurahan_code: str
    rw: str
    badge: str
    name: str
    phone: str | None


async def keep_roster_still(conn: Connection) -> None:
    """Let nobody change the roster before this transaction ends.

    Whoever looks up the courier of a document does this first: a roster that arrives in between would miss the
    document, and the document the roster.
    """
    await conn.execute("lock table beat in row share mode")


async def change_roster_alone(conn: Connection) -> None:
    """Wait until nobody is assigning documents, and keep others from it: see `keep_roster_still`."""
    await conn.execute("lock table beat in exclusive mode")


async def take_couriers(conn: Connection, beats: Sequence[Beat]) -> None:
    """Know these couriers by badge; the last name and phone given for a badge stay."""
    last = {b.badge: b for b in beats}
    await conn.execute(
        """
        insert into courier (badge, name, phone)
        select * from unnest($1::text[], $2::text[], $3::text[])
        on conflict (badge) do update set name = excluded.name, phone = excluded.phone
        """,
        list(last),
        [b.name for b in last.values()],
        [b.phone for b in last.values()],
    )


async def take_beats(conn: Connection, beats: Sequence[Beat]) -> None:
    """Put each courier on his RW in place of whoever served it."""
    await conn.execute(
        """
        insert into beat (kelurahan_code, rw, badge)
        select * from unnest($1::text[], $2::text[], $3::text[])
        on conflict (kelurahan_code, rw) do update set badge = excluded.badge
        """,
        [b.kelurahan_code for b in beats],
        [b.rw for b in beats],
        [b.badge for b in beats],
    )


async def courier_exists(conn: Connection, badge: str) -> bool:
    """Whether the badge is on the roster, now or once."""
    return bool(await conn.fetchval("select exists (select from courier where badge = $1)", badge))


async def couriers_page(conn: Connection, within: Sequence[str], after: str, limit: int) -> list[asyncpg.Record]:
    """`limit` badges after `after`, a row for each RW within that they serve or still have documents of."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        with page as (
            select badge from courier c
            where badge > $1 and (
                exists (select from beat where badge = c.badge and kelurahan_code || '/' || rw like any($3::text[]))
                or exists (
                    select from delivery d where d.courier_badge = c.badge
                        and d.state in ('ASSIGNED', 'WITH_COURIER', 'WAITING_FOR_ROUTE', 'RECALLED', 'LOST')
                        and d.kelurahan_code || '/' || d.rw like any($3)
                )
            )
            order by badge limit $2
        ),
        load as (
            select b.badge, b.kelurahan_code, b.rw, 0 as assigned, 0 as carrying from beat b join page using (badge)
            union all
            select p.badge, d.kelurahan_code, d.rw, 1, 0
            from page p join delivery d on d.courier_badge = p.badge and d.state = 'ASSIGNED'
            union all
            select p.badge, d.kelurahan_code, d.rw, 0, 1
            from page p join delivery d on d.courier_badge = p.badge
                and d.state in ('WITH_COURIER', 'WAITING_FOR_ROUTE', 'RECALLED', 'LOST')
            join custody c on c.application_id = d.application_id and c.courier_badge = p.badge
        )
        select badge, kelurahan_code, rw, sum(assigned) as assigned, sum(carrying) as carrying
        from load where kelurahan_code || '/' || rw like any($3)
        group by badge, kelurahan_code, rw order by badge, kelurahan_code, rw
        """,
        after,
        limit,
        within,
    )
    return rows


async def uncovered(conn: Connection, within: Sequence[str]) -> list[asyncpg.Record]:
    """RWs within for which documents wait and nobody brings them."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select kelurahan_code, rw, count(*) as waiting from delivery
        where state = 'WAITING_FOR_COURIER' and kelurahan_code || '/' || rw like any($1::text[])
        group by kelurahan_code, rw order by waiting desc, kelurahan_code, rw
        """,
        within,
    )
    return rows


async def items(conn: Connection, within: Sequence[str], badge: str) -> list[asyncpg.Record]:
    """What the courier has in hand of places within and still has to do, with the least personal data that finds the
    door."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select d.application_id, r.office_number, d.document_kind, d.state, d.attempts, r.household_id, r.short_name,
            r.nik_masked, r.phone, r.address, r.landmark, r.rt, d.rw, d.kelurahan_code, d.on_blank as old_card_needed,
            c.since as in_hand_since
        from delivery d join custody c using (application_id) left join recipient r using (application_id)
        where d.courier_badge = $1 and c.courier_badge = $1
            and d.state in ('WITH_COURIER', 'WAITING_FOR_ROUTE', 'RECALLED')
            and d.kelurahan_code || '/' || d.rw like any($2::text[])
        order by d.kelurahan_code, d.rw, r.rt, r.address, r.household_id, d.application_id
        """,
        badge,
        within,
    )
    return rows
