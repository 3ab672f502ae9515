"""A service as a process: what it cannot go on without ends it, and its last words quote nothing."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable

import asyncpg

from shared import topics
from tests.platform import Platform


async def ended_service(dsn: str, bootstrap: str, port: str) -> subprocess.CompletedProcess[str]:
    """Dispatch as a process, once it has ended by itself."""
    settings = {"ANTAR_DATABASE_URL": dsn, "ANTAR_KAFKA": bootstrap, "ANTAR_HTTP_PORT": port}
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.dispatch"],
        env=os.environ | settings, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


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
    ended = await ended_service(dsn, platform.bootstrap, "0")
    assert ended.returncode == 70
    assert '"event": "service_failed"' in ended.stderr
    assert "KeyError" in ended.stderr
    assert "SECRET-KEY" not in ended.stderr
    assert "nobody.declared" not in ended.stderr


async def test_a_service_whose_port_is_taken_says_so_in_a_line(
    platform: Platform, database: Callable[[str], str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = await ended_service(database("dispatch"), platform.bootstrap, port)
    assert ended.returncode != 0
    assert "address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr
