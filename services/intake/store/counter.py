"""What a counter's day looks like: what was taken today, what waits, which files are on their way."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from shared.messaging.transaction import Connection


async def registered_since(conn: Connection, since: datetime, who: str, within: Sequence[str]) -> asyncpg.Record:
    """Documents registered at the counters since then: `mine` by one officer, `all`. `within`: patterns of places."""
    row = await conn.fetchrow(
        """
        select count(*) filter (where r.who = $2) as mine, count(*) as all
        from registration r
        join registration_application l on l.registration_id = r.id
        join application a on a.id = l.application_id
        where r.at >= $1 and a.kelurahan_code || '/' || a.rw like any ($3::text[])
        """,
        since,
        who,
        within,
    )
    assert row is not None
    return row


async def waiting_for_completion(conn: Connection, within: Sequence[str]) -> asyncpg.Record:
    """How many applications (`n`) wait for something to be brought, and the day of the `oldest`."""
    row = await conn.fetchrow(
        """
        select count(*) as n, min(recorded_at) as oldest from application
        where state = 'NEEDS_COMPLETION' and kelurahan_code || '/' || rw like any ($1::text[])
        """,
        within,
    )
    assert row is not None
    return row


async def files_on_their_way(conn: Connection) -> list[asyncpg.Record]:
    """Files of applications that are not through yet: name, rows so far, since when."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select id, name, rows, started_at from import
        where finished_at is null and purpose = 'APPLICATIONS' and moved_at > now() - interval '1 day'
        order by started_at desc limit 5
        """
    )
    return rows
