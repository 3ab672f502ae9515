"""Every SQL statement of the statistics service."""

from collections.abc import Mapping
from datetime import datetime

from shared.messaging import Connection


async def note(conn: Connection, what: str, times: Mapping[str, datetime]) -> None:
    """Keep that `what` was said of these keys, and when; the first time counts."""
    await conn.execute(
        """
        insert into noted (key, what, at)
        select key, $1, at from unnest($2::text[], $3::timestamptz[]) as n (key, at)
        on conflict do nothing
        """,
        what,
        list(times),
        list(times.values()),
    )


async def counts(conn: Connection) -> dict[str, int]:
    """Of how many keys each thing was said."""
    rows = await conn.fetch("select what, count(*) from noted group by what order by what")
    return dict(rows)
