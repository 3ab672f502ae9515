"""While services talk to each other at full speed, a cut never shows a reader ahead of its writer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest

from tools.backup import cut as cutting
from tools.backup.cut import Snapshot, cut
from tools.errors import PlatformError

Databases = dict[str, str]
SAY = """
insert into stream_version as s values ($1, 'key', 1)
on conflict (topic, key) do update set version = s.version + 1 returning version
"""
HEAR = """
insert into stream_position as p (topic, key, version, expected) values ($1, 'key', $2, 0)
on conflict (topic, key) do update set version = excluded.version
"""
SET_ASIDE = """
insert into parked (topic, partition, record_offset, key, version, headers, code)
values ($1, 0, $2, 'key', $2, '[]', 'gap')
"""


@pytest.fixture
def databases(database: Callable[[str], str]) -> Databases:
    return {"left": database("core"), "right": database("core")}


@asynccontextmanager
async def talking(databases: Databases) -> AsyncIterator[asyncio.Event]:
    """Each says something, the other hears it at once or sets it aside, and so on; set each time that happened."""
    went_on = asyncio.Event()

    async def talk(writer: str, reader: str, hear: str) -> None:
        async with (
            asyncpg.create_pool(databases[writer], min_size=1) as say,
            asyncpg.create_pool(databases[reader], min_size=1) as listen,
        ):
            while True:
                version = await say.fetchval(SAY, f"{writer} {hear[:20]}")
                await listen.execute(hear, f"{writer} {hear[:20]}", version)
                went_on.set()

    tasks = [
        asyncio.create_task(talk(writer, reader, hear))
        for writer, reader in (("left", "right"), ("right", "left"))
        for hear in (HEAR, SET_ASIDE)
    ]
    try:
        yield went_on
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended)


async def _heard(snapshot: Snapshot) -> dict[str, int]:
    rows = await snapshot._conn.fetch(
        "select topic, max(version) from (select topic, version from stream_position"
        " union all select topic, version from parked) heard group by 1"
    )
    return dict(map(tuple, rows))


async def test_nobody_has_heard_what_was_not_said(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, take, reached = asyncio.Lock(), cutting._snapshot, set()
    async with talking(databases) as went_on:

        async def in_turn(conn: asyncpg.Connection) -> str:
            async with alone:  # between one snapshot and the next there is time to say and to hear
                name = await take(conn)
                went_on.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(went_on.wait(), 0.05)
                return name

        monkeypatch.setattr(cutting, "_snapshot", in_turn)
        for _ in range(6):
            await went_on.wait()
            async with cut(databases) as snapshots:
                for writer, reader in (("left", "right"), ("right", "left")):
                    heard = {t: n for t, n in (await _heard(snapshots[reader])).items() if t.startswith(writer)}
                    said = await snapshots[writer].said((topic, "key") for topic in heard)
                    assert all(version <= said[topic, "key"] for topic, version in heard.items())
                    reached.add(tuple(heard.values()))
            went_on.clear()
    assert len(reached) > 6, "they did not go on meanwhile"


async def test_whoever_only_says_something_is_not_kept_waiting(databases: Databases) -> None:
    async with asyncpg.create_pool(databases["left"], min_size=2, command_timeout=5) as pool:
        async with pool.acquire() as slow, slow.transaction():
            await slow.execute(HEAR, "right", 1)  # a poll that takes its time: the cut waits for it
            waiting = asyncio.create_task(_cut_once(databases))
            async with asyncio.timeout(10):
                while not await pool.fetchval("select exists (select from pg_locks where not granted)"):
                    assert not waiting.done()
            assert await pool.fetchval(SAY, "left") == 1
            await pool.execute(
                "insert into outbox (topic, key, version, event_id, type, created_at)"
                " values ('left', 'key', 1, gen_random_uuid(), 'Said', now())"
            )
        await waiting


async def _cut_once(databases: Databases) -> None:
    async with cut(databases):
        pass


async def test_a_database_that_never_rests_is_given_up_and_nobody_is_held(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "_PATIENCE", 0.1)
    monkeypatch.setattr(cutting, "_HELD_MS", 50)
    async with (
        asyncpg.create_pool(databases["left"], min_size=1) as pool,
        asyncpg.create_pool(databases["right"], min_size=1, command_timeout=5) as other,
    ):
        async with pool.acquire() as conn, conn.transaction():
            await conn.execute(HEAR, "right", 1)
            with pytest.raises(PlatformError, match="did not come to rest"):
                await _cut_once(databases)
        await other.execute(HEAR, "left", 1)


async def test_a_database_that_is_away_is_named_and_its_password_is_not(databases: Databases) -> None:
    with pytest.raises(PlatformError, match="The database of away does not answer") as told:
        await _cut_once(databases | {"away": "postgresql://away:a-long-password@127.0.0.1:1/away"})
    assert "password" not in str(told.value)
