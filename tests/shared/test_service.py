"""A service as a process: what it cannot go on without ends it, and its last words quote nothing."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping

import asyncpg
import pytest

from shared import topics
from tests.people import ISSUER, SESSION_KEY
from tests.platform import Platform

PEOPLE = {"ANTAR_SESSION_KEY": SESSION_KEY, "ANTAR_OIDC_ISSUER": ISSUER}


async def ended_service(dsn: str, bootstrap: str, port: str) -> subprocess.CompletedProcess[str]:
    """Dispatch as a process, once it has ended by itself."""
    settings = {"ANTAR_DATABASE_URL": dsn, "ANTAR_KAFKA": bootstrap, "ANTAR_HTTP_PORT": port}
    return await ended({**settings, **PEOPLE})


async def ended(settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Dispatch, told this and nothing else, once it has ended by itself."""
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.dispatch"],
        env={**os.environ, **settings}, capture_output=True, text=True, timeout=60, check=False,
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


@pytest.mark.parametrize("left_out", PEOPLE)
async def test_a_service_that_is_not_told_who_may_come_in_says_in_a_line_what_is_missing(left_out: str) -> None:
    told = {"ANTAR_DATABASE_URL": "postgresql://x", "ANTAR_KAFKA": "x:1", "ANTAR_HTTP_PORT": "0", **PEOPLE}
    said = await ended({name: value for name, value in told.items() if name != left_out})
    assert (said.returncode, said.stderr) == (1, f"{left_out} is missing.\n")


async def test_a_session_key_that_could_be_guessed_is_refused() -> None:
    told = {"ANTAR_DATABASE_URL": "postgresql://x", "ANTAR_KAFKA": "x:1", "ANTAR_HTTP_PORT": "0", **PEOPLE}
    for key in ("00" * 32, "secret", "6f" * 8):
        said = await ended({**told, "ANTAR_SESSION_KEY": key})
        assert said.stderr == "ANTAR_SESSION_KEY must be 32 random bytes, written as 64 hexadecimal digits\n"
        assert said.returncode == 1


async def test_a_service_is_refused_by_tables_that_its_version_cannot_work_on_and_says_why(
    database: Callable[[str], str],
) -> None:
    dsn = database("dispatch")
    conn = await asyncpg.connect(dsn)
    await conn.execute("create table schema_migrations_after (version text primary key)")
    await conn.execute("insert into schema_migrations_after values ('0999')")
    await conn.execute("insert into version_history (version) values ('9.0.0')")
    await conn.close()
    ended = await ended_service(dsn, "127.0.0.1:1", "0")
    assert ended.returncode == 70
    assert "its upgrade to 9.0.0 is finished (migration 0999)" in ended.stderr
