"""A case as officers work on it: who changed it last, what was done, what waits."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.intake.store.queues import After
from shared.clock import WIB
from shared.messaging.transaction import Connection


class Step(NamedTuple):
    """Something an officer did, with coded details."""

    application_id: UUID
    at: datetime
    act: str
    codes: Sequence[str]
    who: str


async def by_number(conn: Connection, office_number: str) -> asyncpg.Record | None:
    """The application with this office number, all its columns."""
    return await conn.fetchrow("select * from application where office_number = $1", office_number)


async def by_id(conn: Connection, application_id: UUID) -> asyncpg.Record | None:
    """The same by its id."""
    return await conn.fetchrow("select * from application where id = $1", application_id)


async def number_of(conn: Connection, application_id: UUID) -> str | None:
    """The office number of an application."""
    number: str | None = await conn.fetchval("select office_number from application where id = $1", application_id)
    return number


async def revise(conn: Connection, application_id: UUID, who: str, at: datetime) -> int:
    """Somebody has changed the case; returns its new revision."""
    revision: int = await conn.fetchval(
        """
        update application set revision = revision + 1, revised_by = $2, revised_at = $3 where id = $1
        returning revision
        """,
        application_id,
        who,
        at,
    )
    return revision


async def note_step(conn: Connection, step: Step) -> None:
    """Keep what was done."""
    await conn.execute("insert into step (application_id, at, act, codes, who) values ($1, $2, $3, $4, $5)", *step)


async def steps(conn: Connection, application_id: UUID) -> list[asyncpg.Record]:
    """What officers did, in order."""
    rows: list[asyncpg.Record] = await conn.fetch(
        "select at, act, codes, who from step where application_id = $1 order by id", application_id
    )
    return rows


async def corrections(conn: Connection, application_id: UUID, after: int = -1) -> list[asyncpg.Record]:
    """Corrections in order, those that made a later revision than `after`."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select application_id, at, fields, why, who, revision, changed_sealed from correction
        where application_id = $1 and coalesce(revision, 0) > $2 order by at
        """,
        application_id,
        after,
    )
    return rows


async def words(conn: Connection, application_id: UUID) -> list[asyncpg.Record]:
    """The ministry's words that did not clear, in the order of their times."""
    rows: list[asyncpg.Record] = await conn.fetch(
        "select at, word from central_word where application_id = $1 order by at, seen", application_id
    )
    return rows


async def others_of_household(conn: Connection, household_id: UUID, application_id: UUID) -> list[asyncpg.Record]:
    """The other applications of the family, the latest first; without anything personal but the place."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select id, office_number, document_kind, state, recorded_at, kelurahan_code, rw from application
        where household_id = $1 and id <> $2 order by id desc limit 50
        """,
        household_id,
        application_id,
    )
    return rows


async def successor(conn: Connection, application_id: UUID) -> str | None:
    """The number of the application that goes on with this one."""
    number: str | None = await conn.fetchval(
        "select office_number from application where continues = $1", application_id
    )
    return number


async def return_for_completion(conn: Connection, application_id: UUID, missing: Sequence[str], at: datetime) -> None:
    """It waits for what is missing; asked for again, the clock goes on."""
    await conn.execute(
        """
        update application set state = 'NEEDS_COMPLETION', missing = $2, missing_since = coalesce(missing_since, $3)
        where id = $1
        """,
        application_id,
        missing,
        at,
    )


async def make_complete(conn: Connection, application_id: UUID) -> None:
    """Nothing is missing any more."""
    await conn.execute(
        "update application set state = 'RECORDED', missing = '{}', missing_since = null where id = $1", application_id
    )


async def verify(conn: Connection, application_id: UUID, at: datetime) -> None:
    """The doubts were looked at and found right."""
    await conn.execute("update application set verified_at = $2 where id = $1", application_id, at)


async def reject(conn: Connection, application_id: UUID, reason: str, at: datetime) -> None:
    """End the application: refused."""
    await conn.execute(
        "update application set state = 'REJECTED', reject_reason = $2, rejected_at = $3 where id = $1",
        application_id,
        reason,
        at,
    )


async def go_on_with(conn: Connection, application_id: UUID, continues: UUID) -> None:
    """Say of a new application which ended one it goes on with."""
    await conn.execute("update application set continues = $2 where id = $1", application_id, continues)


async def renew_suket(conn: Connection, application_id: UUID, expires_on: date) -> None:
    """The interim certificate is good until that day."""
    await conn.execute("update application set suket_expires_on = $2 where id = $1", application_id, expires_on)


async def tell_of_suket(conn: Connection, until: date, limit: int) -> list[asyncpg.Record]:
    """Those cleared and not printed whose suket runs out until that day, and of whom printing was not told yet.

    Each is locked and noted as told for this expiry; a rival takes others.
    """
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        update application set suket_told = suket_expires_on where id in (
            select id from application
            where state = 'CLEARED' and suket_expires_on <= $1
                and suket_told is distinct from suket_expires_on
            order by suket_expires_on, id limit $2 for update skip locked
        )
        returning id, suket_expires_on
        """,
        until,
        limit,
    )
    return rows


async def sukets_running_out(conn: Connection, within: Sequence[str], until: date) -> asyncpg.Record:
    """How many (`n`) still wait whose suket runs out until that day, and the day of the first (`oldest`)."""
    row = await conn.fetchrow(
        """
        select count(*) as n, min(suket_expires_on) as oldest from application
        where state in ('RECORDED', 'NEEDS_COMPLETION', 'CLEARED') and suket_expires_on <= $2
            and kelurahan_code || '/' || rw like any ($1::text[])
        """,
        within,
        until,
    )
    assert row is not None
    return row


async def suket_running_out(
    conn: Connection, within: Sequence[str], until: date, after: After | None, limit: int
) -> list[asyncpg.Record]:
    """Those who still wait and whose suket runs out until that day (`at`), the first first; nothing personal."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select id, office_number, document_kind, state, kelurahan_code, rw,
            suket_expires_on::timestamp at time zone 'Asia/Jakarta' as at
        from application
        where state in ('RECORDED', 'NEEDS_COMPLETION', 'CLEARED') and suket_expires_on <= $2
            and kelurahan_code || '/' || rw like any ($1::text[])
            and ($3::date is null or (suket_expires_on, id) > ($3, $4::uuid))
        order by suket_expires_on, id limit $5
        """,
        within,
        until,
        after.at.astimezone(WIB).date() if after else None,
        after.id if after else None,
        limit,
    )
    return rows
