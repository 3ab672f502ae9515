"""All that is held of one person: found, put to rest, erased."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from shared.messaging.transaction import Connection


async def latest_of(conn: Connection, person_hash: bytes) -> UUID | None:
    """The latest application of the person."""
    found: UUID | None = await conn.fetchval(
        "select max(id::text)::uuid from application where person_hash = $1", person_hash
    )
    return found


async def with_person_of(conn: Connection, application_id: UUID) -> list[asyncpg.Record]:
    """All applications of the person whom this one is for, all columns, the latest first."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select a.* from application o join application a on a.person_hash = o.person_hash
        where o.id = $1 order by a.id desc
        """,
        application_id,
    )
    return rows


async def lock(conn: Connection, application_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """The applications with all their columns, locked in id order as all who lock several do."""
    rows: list[asyncpg.Record] = await conn.fetch(
        "select * from application where id = any($1::uuid[]) order by id for update", application_ids
    )
    return rows


async def restrict(conn: Connection, application_ids: Sequence[UUID], at: datetime | None) -> None:
    """Let the data rest from `at` on; None: no longer."""
    await conn.execute("update application set restricted_at = $2 where id = any($1::uuid[])", application_ids, at)


async def refused_of(conn: Connection, person_hash: bytes) -> list[asyncpg.Record]:
    """Rows of files that name the person and were refused, as far as they are still kept."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select r.import_id, r.row_number, r.sentence, r.written_sealed, i.name, i.started_at
        from import_refusal r join import i on i.id = r.import_id
        where r.written_sealed is not null and r.persons && array[$1::bytea] order by r.import_id, r.row_number
        """,
        person_hash,
    )
    return rows


async def accesses(conn: Connection, application_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Who by role did or saw what of these applications, the first first."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select at, roles, what, record from audit where record = any($1::text[]) order by id
        """,
        [str(id_) for id_ in application_ids],
    )
    return rows


async def erase(conn: Connection, rows: Sequence[asyncpg.Record], at: datetime) -> None:
    """Take the person out of these locked applications and of all that belongs to them.

    The case stays with its number, place down to the RW, states and times. What a person is found by becomes another
    random value in each, so that not even two applications of one person can be told to be so.
    """
    ids = [row["id"] for row in rows]
    await conn.execute(
        """
        update application set
            erased_at = $2, restricted_at = null, tracking_code = id::text,
            person_hash = uuid_send(gen_random_uuid()), household_id = gen_random_uuid(), identity_sealed = '',
            full_name = '', phone = null, email = null, address = '', landmark = null, rt = '000', doubts = '',
            continues = null, source_fingerprint = null
        where id = any($1::uuid[])
        """,
        ids,
        at,
    )
    await conn.execute(
        "update correction set why = '', changed_sealed = null where application_id = any($1::uuid[])", ids
    )
    await conn.execute(
        "delete from import_row where fingerprint = any($1::bytea[])",
        [row["source_fingerprint"] for row in rows if row["source_fingerprint"] is not None],
    )
    await conn.execute("delete from registration_application where application_id = any($1::uuid[])", ids)
    await _forget_refused(conn, [row["person_hash"] for row in rows])


async def _forget_refused(conn: Connection, persons: Sequence[bytes]) -> None:
    await conn.execute(
        """
        update import_refusal set written_sealed = null, persons = null
        where written_sealed is not null and persons && $1::bytea[]
        """,
        persons,
    )


async def forget_drafts(conn: Connection, older: timedelta) -> None:
    """Delete forms that were kept for somebody who did not come back for them. They are sealed: whose they are about
    nobody can tell, so their time decides."""
    await conn.execute("delete from draft where at < now() - $1::interval", older)


async def to_forget(conn: Connection, ended_before: datetime, limit: int) -> list[asyncpg.Record]:
    """Applications that ended before then and still say whose they were, the oldest first; locked.

    One whose person asked that the data rest is left as it is until that is lifted.
    """
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select * from application
        where state in ('CLOSED', 'CANCELLED', 'REJECTED') and erased_at is null and restricted_at is null
            and coalesce(completed_at, cancelled_at, rejected_at) < $1
        order by coalesce(completed_at, cancelled_at, rejected_at), id limit $2 for update skip locked
        """,
        ended_before,
        limit,
    )
    return rows
