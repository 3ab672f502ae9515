"""A service as a process: what it cannot go on without ends it, and its last words quote nothing."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable

import asyncpg

from shared import topics
from tests.platform import Platform


async def test_a_service_whose_relay_fails_unforeseen_ends_instead_of_falling_silent(
    platform: Platform, database: Callable[[str], str]
) -> None:
    dsn = database("dispatch")
    await topics.apply(platform.bootstrap)
    conn = await asyncpg.connect(dsn)
    await conn.execute(
        """
        insert into outbox (topic, key, version, event_id, type, created_at)
        values ('a.topic.nobody.declared', 'SECRET-KEY', 1, gen_random_uuid(), 'Odd', now())
        """
    )
    await conn.close()
    settings = {"ANTAR_DATABASE_URL": dsn, "ANTAR_KAFKA": platform.bootstrap, "ANTAR_HTTP_PORT": "0"}
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.dispatch"],
        env=os.environ | settings, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 70
    assert '"event": "service_failed"' in ended.stderr
    assert "KeyError" in ended.stderr
    assert "SECRET-KEY" not in ended.stderr
    assert "nobody.declared" not in ended.stderr
