"""What waits at the desks, and what is found by a search. `within`: patterns of the officer's places."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.messaging.transaction import Connection


class After(NamedTuple):
    """The last row of a page, behind which the next one begins."""

    at: datetime
    id: UUID


async def counts(conn: Connection, within: Sequence[str], faults: Sequence[str]) -> list[asyncpg.Record]:
    """How many (`n`) wait in each `queue`, and since when the `oldest`."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select desk_queue(a, $2::text[]) as queue, count(*) as n, min(recorded_at) as oldest from application a
        where state in ('RECORDED', 'NEEDS_COMPLETION', 'CLEARED') and kelurahan_code || '/' || rw like any ($1::text[])
        group by 1
        """,
        within,
        faults,
    )
    return rows


async def ended_count(conn: Connection, within: Sequence[str]) -> int:
    """How many have ended."""
    n: int = await conn.fetchval(
        """
        select count(*) from application
        where state in ('CLOSED', 'CANCELLED', 'REJECTED') and kelurahan_code || '/' || rw like any ($1::text[])
        """,
        within,
    )
    return n


async def waiting(
    conn: Connection, queue: str, within: Sequence[str], faults: Sequence[str], after: After | None, limit: int
) -> list[asyncpg.Record]:
    """Those of a queue, the oldest first; nothing personal."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select id, office_number, document_kind, state, kelurahan_code, rw, recorded_at as at, missing, missing_since,
            central_status, central_status_at, cleared_at, doubts
        from application a
        where state in ('RECORDED', 'NEEDS_COMPLETION', 'CLEARED') and desk_queue(a, $3::text[]) = $2
            and kelurahan_code || '/' || rw like any ($1::text[])
            and ($4::timestamptz is null or (recorded_at, id) > ($4, $5::uuid))
        order by recorded_at, id limit $6
        """,
        within,
        queue,
        faults,
        after.at if after else None,
        after.id if after else None,
        limit,
    )
    return rows


async def ended(conn: Connection, within: Sequence[str], after: After | None, limit: int) -> list[asyncpg.Record]:
    """Those that have ended and still say whose they were, the latest first; nothing personal."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select id, office_number, document_kind, state, kelurahan_code, rw,
            coalesce(completed_at, cancelled_at, rejected_at) as at
        from application
        where state in ('CLOSED', 'CANCELLED', 'REJECTED') and erased_at is null
            and kelurahan_code || '/' || rw like any ($1::text[])
            and ($2::timestamptz is null or (coalesce(completed_at, cancelled_at, rejected_at), id) < ($2, $3::uuid))
        order by coalesce(completed_at, cancelled_at, rejected_at) desc, id desc limit $4
        """,
        within,
        after.at if after else None,
        after.id if after else None,
        limit,
    )
    return rows


_FOUND = """
    select id, office_number, document_kind, state, full_name, identity_sealed, kelurahan_code, rw, recorded_at,
        restricted_at
    from application
"""


async def by_number(conn: Connection, office_number: str, within: Sequence[str]) -> list[asyncpg.Record]:
    """By office number."""
    rows: list[asyncpg.Record] = await conn.fetch(
        _FOUND + "where office_number = $2 and kelurahan_code || '/' || rw like any ($1::text[])", within, office_number
    )
    return rows


async def by_code(conn: Connection, tracking_code: str, within: Sequence[str]) -> list[asyncpg.Record]:
    """By tracking code."""
    rows: list[asyncpg.Record] = await conn.fetch(
        _FOUND + "where tracking_code = $2 and kelurahan_code || '/' || rw like any ($1::text[])", within, tracking_code
    )
    return rows


async def by_person_or_family(
    conn: Connection, person_hash: bytes, household_id: UUID, within: Sequence[str], before: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """By the keyed hash of a NIK, or the id that a family-card number gives; the latest first."""
    rows: list[asyncpg.Record] = await conn.fetch(
        _FOUND
        + """
        where (person_hash = $2 or household_id = $3) and kelurahan_code || '/' || rw like any ($1::text[])
            and ($4::uuid is null or id < $4)
        order by id desc limit $5
        """,
        within,
        person_hash,
        household_id,
        before,
        limit,
    )
    return rows


async def by_name(
    conn: Connection, words: Sequence[str], within: Sequence[str], before: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Names of which some word begins with each of these (letters and digits only); the latest first."""
    rows: list[asyncpg.Record] = await conn.fetch(
        _FOUND
        + """
        where to_tsvector('simple', full_name) @@ to_tsquery('simple', $2)
            and kelurahan_code || '/' || rw like any ($1::text[])
            and ($3::uuid is null or id < $3)
        order by id desc limit $4
        """,
        within,
        " & ".join(f"{word}:*" for word in words),
        before,
        limit,
    )
    return rows
