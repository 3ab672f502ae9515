"""Applications as they are taken, corrected, cancelled and looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from services.intake.domain import State
from shared.messaging.transaction import Connection


@dataclass(slots=True)
class Entry:
    """An application about to be taken. The office number and the tracking code may be given anew until it is."""

    id: UUID
    document_kind: str
    reason: str
    office_number: str
    tracking_code: str
    person_hash: bytes
    household_id: UUID
    identity_sealed: bytes
    full_name: str
    phone: str | None
    email: str | None
    address: str
    landmark: str | None
    kelurahan_code: str
    rw: str
    rt: str
    suket_expires_on: date | None
    disaster_victim: bool
    recorded_at: datetime
    registered_at: datetime
    doubts: str
    source_fingerprint: bytes | None


_COLUMNS: Final = [attrgetter(name) for name in Entry.__slots__]
_ROW: Final = attrgetter(*Entry.__slots__)


@dataclass(frozen=True, slots=True)
class Open:
    """The live application that stands in the way of a new one."""

    id: UUID
    office_number: str
    recorded_at: datetime
    state: str


async def take_many(conn: Connection, entries: Sequence[Entry]) -> set[UUID]:
    """As `take`, for many that are expected to collide with nothing: half as dear, unless one does."""
    try:
        async with conn.transaction():
            await conn.copy_records_to_table("application", records=map(_ROW, entries), columns=Entry.__slots__)
    except asyncpg.UniqueViolationError:
        return await take(conn, entries)
    return {entry.id for entry in entries}


async def take(conn: Connection, entries: Sequence[Entry]) -> set[UUID]:
    """Insert those that collide with nothing; returns their ids. Others were taken by somebody in the meantime."""
    rows = await conn.fetch(
        """
        insert into application (
            id, document_kind, reason, office_number, tracking_code, person_hash, household_id, identity_sealed,
            full_name, phone, email, address, landmark, kelurahan_code, rw, rt, suket_expires_on, disaster_victim,
            recorded_at, registered_at, doubts, source_fingerprint
        )
        select * from unnest(
            $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::uuid[], $8::bytea[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
            $17::date[], $18::boolean[], $19::timestamptz[], $20::timestamptz[], $21::text[],
            $22::bytea[]
        )
        on conflict do nothing
        returning id
        """,
        *([column(entry) for entry in entries] for column in _COLUMNS),
    )
    return {row["id"] for row in rows}


async def open_of(conn: Connection, person_hash: bytes, document_kind: str) -> Open | None:
    """The person's live application for that kind, if there is one."""
    row = await conn.fetchrow(
        """
        select id, office_number, recorded_at, state from application
        where person_hash = $1 and document_kind = $2 and state not in ('CLOSED', 'CANCELLED', 'REJECTED')
        """,
        person_hash,
        document_kind,
    )
    return Open(*row) if row else None


async def open_among(conn: Connection, persons: Sequence[tuple[bytes, str]]) -> set[tuple[bytes, str]]:
    """Which of the (person hash, kind) have a live application."""
    rows = await conn.fetch(
        """
        select a.person_hash, a.document_kind
        from unnest($1::bytea[], $2::text[]) as p (person_hash, document_kind)
        join application a on a.person_hash = p.person_hash and a.document_kind = p.document_kind
            and a.state not in ('CLOSED', 'CANCELLED', 'REJECTED')
        """,
        [person for person, _ in persons],
        [kind for _, kind in persons],
    )
    return {(row[0], row[1]) for row in rows}


async def known_rows(conn: Connection, fingerprints: Sequence[bytes]) -> set[bytes]:
    """Which rows of files are applications already."""
    rows = await conn.fetch(
        "select source_fingerprint from application where source_fingerprint = any($1::bytea[])", fingerprints
    )
    return {row[0] for row in rows}


async def one(conn: Connection, application_id: UUID) -> asyncpg.Record | None:
    """The application with all its columns."""
    return await conn.fetchrow("select * from application where id = $1", application_id)


async def one_to_change(conn: Connection, application_id: UUID) -> asyncpg.Record | None:
    """The application with all its columns, locked until the transaction ends."""
    return await conn.fetchrow("select * from application where id = $1 for update", application_id)


async def correct(conn: Connection, e: Entry) -> None:
    """Write the details of an application anew; what made it an application (kind, reason, numbers, times) stays."""
    await conn.execute(
        """
        update application set
            person_hash = $2, household_id = $3, identity_sealed = $4, full_name = $5, phone = $6, email = $7,
            address = $8, landmark = $9, kelurahan_code = $10, rw = $11, rt = $12, suket_expires_on = $13,
            disaster_victim = $14, doubts = $15, verified_at = null
        where id = $1
        """,
        e.id, e.person_hash, e.household_id, e.identity_sealed, e.full_name, e.phone, e.email,
        e.address, e.landmark, e.kelurahan_code, e.rw, e.rt, e.suket_expires_on,
        e.disaster_victim, e.doubts,
    )  # fmt: skip


class Correction(NamedTuple):
    """Which fields were corrected, why and by whom; before and after sealed; the case's revision that it made."""

    application_id: UUID
    at: datetime
    fields: Sequence[str]
    why: str
    who: str
    revision: int
    changed_sealed: bytes


async def note_correction(conn: Connection, correction: Correction) -> None:
    """Keep a correction."""
    await conn.execute(
        """
        insert into correction (application_id, at, fields, why, who, revision, changed_sealed)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        *correction,
    )


async def cancel(conn: Connection, application_id: UUID, reason: str, at: datetime) -> None:
    """End the application without a document."""
    await conn.execute(
        "update application set state = $2, cancel_reason = $3, cancelled_at = $4 where id = $1",
        application_id,
        State.CANCELLED,
        reason,
        at,
    )


async def listed(
    conn: Connection, within: Sequence[str], state: str | None, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Applications by id, without anything personal; ids rise with the time of registration. `within`: patterns of
    places."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select id, office_number, document_kind, state, kelurahan_code, rw, central_status, recorded_at, cleared_at
        from application
        where kelurahan_code || '/' || rw like any ($1::text[])
          and ($2::text is null or state = $2) and ($3::uuid is null or id > $3)
        order by id limit $4
        """,
        within,
        state,
        after,
        limit,
    )
    return rows


async def counts(conn: Connection) -> list[asyncpg.Record]:
    """How many applications of each kind are in each state."""
    rows: list[asyncpg.Record] = await conn.fetch(
        "select document_kind, state, count(*) as n from application group by document_kind, state"
    )
    return rows
