"""What is heard about applications: clearances, the ministry's words, prints, custody. All set-based."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.intake.domain import LEADS_TO, State
from shared.messaging.transaction import Connection


class Word(NamedTuple):
    """What the ministry said of an application, and when it was seen."""

    id: UUID
    word: str
    at: datetime


async def standing_by_id(conn: Connection, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """What words about these applications are weighed against; locks them, in id order as all who lock several do."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select id, office_number, person_hash, document_kind, reason, state, disaster_victim, suket_expires_on,
            kelurahan_code, rw, recorded_at, cleared_at, central_status
        from application where id = any($1) order by id for update
        """,
        ids,
    )
    return rows


async def standing_by_number(conn: Connection, numbers: Sequence[str]) -> list[asyncpg.Record]:
    """The same by office number."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select id, office_number, person_hash, document_kind, reason, state, disaster_victim, suket_expires_on,
            kelurahan_code, rw, recorded_at, cleared_at, central_status
        from application where office_number = any($1::text[]) order by id for update
        """,
        numbers,
    )
    return rows


async def standing_by_person(conn: Connection, persons: Sequence[tuple[bytes, str]]) -> list[asyncpg.Record]:
    """The same by (person hash, kind): the live application or, without one, the latest."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        with person as (select * from unnest($1::bytea[], $2::text[]) as p (hash, kind)),
        theirs as (
            select a.person_hash, a.document_kind, a.id, true as live from person p join application a
                on a.person_hash = p.hash and a.document_kind = p.kind
                and a.state not in ('CLOSED', 'CANCELLED', 'REJECTED')
            union all
            select a.person_hash, a.document_kind, a.id, false from person p join application a
                on a.person_hash = p.hash and a.document_kind = p.kind
                and a.state in ('CLOSED', 'CANCELLED', 'REJECTED')
        )
        select id, office_number, person_hash, document_kind, reason, state, disaster_victim, suket_expires_on,
            kelurahan_code, rw, recorded_at, cleared_at, central_status
        from application where id in (
            select distinct on (person_hash, document_kind) id from theirs
            order by person_hash, document_kind, live desc, id desc
        )
        order by id for update
        """,
        [person for person, _ in persons],
        [kind for _, kind in persons],
    )
    return rows


async def clear(conn: Connection, cleared: Sequence[Word], suket_days: int) -> None:
    """Note the clearing words; the applications are locked and have none. A newer word stays the one that stands.

    A suket that has at most `suket_days` left on that day is known to printing by the clearance itself.
    """
    await conn.execute(
        """
        update application a set
            cleared_at = c.at,
            central_status = case when a.central_status_at > c.at then a.central_status else c.word end,
            central_status_at = greatest(a.central_status_at, c.at),
            state = case when a.state = any($4::text[]) then 'CLEARED' else a.state end,
            suket_told = case
                when a.suket_expires_on <= (c.at at time zone 'Asia/Jakarta')::date + $5::integer
                then a.suket_expires_on
            end
        from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as c (id, word, at)
        where a.id = c.id
        """,
        [c.id for c in cleared],
        [c.word for c in cleared],
        [c.at for c in cleared],
        list(LEADS_TO[State.CLEARED]),
        suket_days,
    )


async def keep_words(conn: Connection, words: Sequence[Word]) -> list[Word]:
    """Keep the ministry's other words; returns those that are news, in the given order."""
    rows = await conn.fetch(
        """
        insert into central_word (application_id, word, at)
        select * from unnest($1::uuid[], $2::text[], $3::timestamptz[])
        on conflict do nothing returning application_id, word, at
        """,
        [w.id for w in words],
        [w.word for w in words],
        [w.at for w in words],
    )
    news = {Word(*row) for row in rows}
    return [word for word in dict.fromkeys(words) if word in news]


async def mirror(conn: Connection, ids: Sequence[UUID]) -> None:
    """Let the latest word kept stand, unless a clearing one is later."""
    await conn.execute(
        """
        update application a set central_status = w.word, central_status_at = w.at
        from (
            select distinct on (application_id) application_id, word, at from central_word
            where application_id = any($1) order by application_id, at desc, seen desc
        ) w
        where a.id = w.application_id and (a.central_status_at is null or a.central_status_at <= w.at)
        """,
        ids,
    )


async def note_printed(conn: Connection, printed: Sequence[tuple[UUID, datetime]]) -> None:
    """The documents exist. Where the hand-over was heard first, the state stays ahead."""
    await conn.execute(
        """
        with locked as materialized (select id from application where id = any($1) order by id for update)
        update application a set
            printed_at = coalesce(a.printed_at, p.at),
            state = case when a.state = any($3::text[]) then 'PRINTED' else a.state end
        from unnest($1::uuid[], $2::timestamptz[]) as p (id, at) join locked using (id)
        where a.id = p.id
        """,
        [id_ for id_, _ in printed],
        [at for _, at in printed],
        list(LEADS_TO[State.PRINTED]),
    )


async def note_custody(conn: Connection, moved: Sequence[tuple[UUID, datetime, State]]) -> None:
    """The documents left the office (HANDED_OVER) or came back (RETURNED); one row for each application."""
    await conn.execute(
        """
        with locked as materialized (select id from application where id = any($1) order by id for update)
        update application a set
            handed_over_at = case when m.state = 'HANDED_OVER' then m.at else a.handed_over_at end,
            returned_at = case when m.state = 'RETURNED' then m.at else a.returned_at end,
            state = case when a.state = any($4::text[]) then m.state else a.state end
        from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as m (id, at, state) join locked using (id)
        where a.id = m.id
        """,
        [id_ for id_, _, _ in moved],
        [at for _, at, _ in moved],
        [state for _, _, state in moved],
        list(LEADS_TO[State.HANDED_OVER] | LEADS_TO[State.RETURNED]),
    )


async def close(conn: Connection, completed: Sequence[tuple[UUID, datetime]]) -> list[UUID]:
    """The documents found their owners; returns the applications that reach their end by it, and not before."""
    rows = await conn.fetch(
        """
        with locked as materialized (select id from application where id = any($1) order by id for update)
        update application a set state = 'CLOSED', completed_at = c.at
        from unnest($1::uuid[], $2::timestamptz[]) as c (id, at) join locked using (id)
        where a.id = c.id and a.state = any($3::text[])
        returning a.id
        """,
        [id_ for id_, _ in completed],
        [at for _, at in completed],
        list(LEADS_TO[State.CLOSED]),
    )
    return sorted(row["id"] for row in rows)
