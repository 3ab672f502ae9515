"""What is known of a family, and what it asked for in one visit."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.messaging.transaction import Connection


class Known(NamedTuple):
    """Where a family was found at its latest application in an officer's area."""

    application_id: UUID
    recorded_at: datetime
    phone: str | None
    address: str
    kelurahan_code: str
    rw: str
    rt: str
    landmark: str | None


async def wait_for_turn(conn: Connection, household_id: UUID) -> None:
    """Until the transaction ends nobody else registers this family."""
    await conn.execute("select pg_advisory_xact_lock(hashtextextended($1::text, 0))", str(household_id))


async def live_of(conn: Connection, person_hash: bytes, document_kind: str) -> asyncpg.Record | None:
    """The person's live application for that kind."""
    return await conn.fetchrow(
        """
        select office_number, recorded_at, state from application
        where person_hash = $1 and document_kind = $2 and state not in ('CLOSED', 'CANCELLED', 'REJECTED')
        """,
        person_hash,
        document_kind,
    )


async def live_of_family(conn: Connection, household_id: UUID, document_kind: str) -> asyncpg.Record | None:
    """The family's live application for that kind, whoever asked for it."""
    return await conn.fetchrow(
        """
        select office_number, recorded_at, state from application
        where household_id = $1 and document_kind = $2 and state not in ('CLOSED', 'CANCELLED', 'REJECTED')
        limit 1
        """,
        household_id,
        document_kind,
    )


async def received_since(conn: Connection, person_hash: bytes, document_kind: str, since: datetime) -> bool:
    """Whether the person received a document of that kind since then."""
    found: bool = await conn.fetchval(
        """
        select exists (
            select from application
            where person_hash = $1 and document_kind = $2 and state in ('CLOSED', 'CANCELLED', 'REJECTED')
              and completed_at >= $3
        )
        """,
        person_hash,
        document_kind,
        since,
    )
    return found


async def known(conn: Connection, household_id: UUID, within: Sequence[str]) -> Known | None:
    """Where the family was found last, unless its data rest. `within`: patterns of places."""
    row = await conn.fetchrow(
        """
        select id, recorded_at, phone, address, kelurahan_code, rw, rt, landmark from application
        where household_id = $1 and restricted_at is null and kelurahan_code || '/' || rw like any ($2::text[])
        order by id desc limit 1
        """,
        household_id,
        within,
    )
    return Known(*row) if row else None


async def other_families_with(conn: Connection, phone: str, household_id: UUID) -> int:
    """How many other families gave this telephone number."""
    count: int = await conn.fetchval(
        "select count(distinct household_id) from application where phone = $1 and household_id <> $2",
        phone,
        household_id,
    )
    return count


async def keep_registration(
    conn: Connection, registration_id: UUID, at: datetime, who: str, lines: Sequence[tuple[UUID, str]]
) -> None:
    """What was registered together: application and relation to the head, line by line."""
    await conn.execute("insert into registration (id, at, who) values ($1, $2, $3)", registration_id, at, who)
    await conn.execute(
        """
        insert into registration_application (registration_id, application_id, position, relation)
        select $1, a.id, a.position, a.relation
        from unnest($2::uuid[], $3::text[]) with ordinality as a (id, relation, position)
        """,
        registration_id,
        [application_id for application_id, _ in lines],
        [relation for _, relation in lines],
    )


async def registered_together(conn: Connection, registration_id: UUID) -> list[asyncpg.Record]:
    """The applications of one visit, line by line."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select a.id, a.document_kind, a.office_number, a.tracking_code, a.full_name, a.recorded_at, a.kelurahan_code,
               a.rw, a.restricted_at, a.erased_at, l.relation
        from registration_application l join application a on a.id = l.application_id
        where l.registration_id = $1
        order by l.position
        """,
        registration_id,
    )
    return rows
