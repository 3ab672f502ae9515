"""Every SQL statement of the statistics service."""

from collections.abc import Mapping
from datetime import datetime

from shared.messaging import Connection


async def note(conn: Connection, what: str, times: Mapping[str, datetime]) -> None:
    """Keep that `what` was said of these keys, and when; the first time counts."""
    await conn.execute(
        """
        insert into noted (key, what, at)
        select key, $1, at from unnest($2::text[], $3::timestamptz[]) as n (key, at) order by key
        on conflict do nothing
        """,
        what,
        list(times),
        list(times.values()),
    )


async def settle(conn: Connection, homes: Mapping[str, str]) -> None:
    """Keep in which kelurahan (by code) each of these applications is at home now."""
    await conn.execute(
        """
        insert into home (key, kelurahan_code)
        select key, code from unnest($1::text[], $2::text[]) as n (key, code) order by key
        on conflict (key) do update set kelurahan_code = excluded.kelurahan_code
        """,
        list(homes),
        list(homes.values()),
    )


async def counts(conn: Connection, within: list[str], kelurahan_code: str | None) -> list[tuple[str, str, int]]:
    """(kelurahan code, what was said, of how many applications), of one kelurahan or of all within."""
    rows = await conn.fetch(
        """
        select kelurahan_code, what, count(*) from home join noted using (key)
        where kelurahan_code || '/' like any($1::text[]) and ($2::text is null or kelurahan_code = $2)
        group by kelurahan_code, what order by kelurahan_code, what
        """,
        within,
        kelurahan_code,
    )
    return [(code, what, count) for code, what, count in rows]
