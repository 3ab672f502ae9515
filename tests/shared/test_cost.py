"""What the core spends, counted rather than timed, so that it holds on any machine."""

from collections.abc import Callable

import asyncpg

from bench import hop


async def test_a_full_poll_with_effects_and_announcements_takes_a_handful_of_statements(
    database: Callable[[str], str],
) -> None:
    dsn = database("core")
    conn = await asyncpg.connect(dsn)
    await conn.execute("create table effect (key text)")
    await conn.close()
    assert await hop.sql_calls(dsn) <= 0.02
