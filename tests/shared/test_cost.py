"""What the core spends, counted rather than timed, so that it holds on any machine."""

from collections.abc import Callable

import asyncpg

from bench import cost
from bench.ground import EFFECTS

WAL_BYTES = 1400
"""An event, its effect and its announcement; an eighth more than it is, so that growth is noticed."""


async def test_a_full_poll_with_effects_and_announcements_takes_a_handful_of_statements_and_little_log(
    database: Callable[[str], str],
) -> None:
    spent = await cost.of_a_poll(await _with_effects(database("core")))
    assert spent.calls_per_event <= 0.02
    assert spent.wal_bytes_per_event <= WAL_BYTES


async def test_the_plain_script_that_the_core_is_measured_against_sends_the_same_statements(
    database: Callable[[str], str],
) -> None:
    ours, plain = await cost.statements(await _with_effects(database("core")))
    assert plain == ours


async def _with_effects(dsn: str) -> str:
    conn = await asyncpg.connect(dsn)
    await conn.execute(EFFECTS)
    await conn.close()
    return dsn
