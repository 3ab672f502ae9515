"""Before an upgrade its operator hears what it would do; it is finished only when nobody needs what it takes away."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from shared.version import version
from tests.tools.conftest import antar, until


@pytest.fixture
def dsn(database: Callable[[str], str]) -> str:
    return database("notify")


@pytest.fixture
async def conn(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(dsn)
    yield conn
    await conn.close()


async def checked(dsn: str) -> tuple[int, str]:
    """`antar upgrade --check`: how it ends and what it says, each line in single spaces."""
    told = await antar("upgrade", "--check", "--database", f"notify={dsn}")
    return told.exit_code, "\n".join(" ".join(line.split()) for line in told.output.splitlines())


@asynccontextmanager
async def running(conn: asyncpg.Connection, dsn: str, name: str) -> AsyncIterator[None]:
    """A process of that name is connected, and is gone afterwards."""

    async def gone() -> bool:
        return not await conn.fetchval("select count(*) from pg_stat_activity where application_name = $1", name)

    process = await asyncpg.connect(dsn, server_settings={"application_name": name})
    yield
    await process.close()
    await until(gone)


async def test_where_all_is_well_it_says_so_and_changes_nothing(dsn: str, conn: asyncpg.Connection) -> None:
    before = await conn.fetch("select * from version_history")
    code, told = await checked(dsn)
    assert code == 0
    assert f"ok version This is {version()}; the databases were last brought up to date by {version()};" in told
    assert "ok notify Before: nothing. After: nothing." in told
    assert "ok way back To the version before, at any time" in told
    assert await conn.fetch("select * from version_history") == before


async def test_a_version_between_is_not_left_out(
    dsn: str, conn: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await conn.execute("insert into version_history (version) values ('1.7.2')")
    for this, code in (
        ("1.6.0", 0),
        ("1.7.3", 0),
        ("1.8.0rc1", 0),
        ("2.0.0", 0),
        ("1.5.9", 1),
        ("1.9.0", 1),
        ("2.1.0", 1),
    ):
        monkeypatch.setattr("tools.upgrade.checking.version", lambda this=this: this)
        assert (this, (await checked(dsn))[0]) == (this, code)
    assert "One version at a time: not in one step from 1.7.2." in (await checked(dsn))[1]
    monkeypatch.setattr("tools.upgrade.checking.version", lambda: "1.8.0")
    async with running(conn, dsn, "notify/1.6.0"):
        assert "not in one step from 1.6.0." in (await checked(dsn))[1]


async def test_what_is_to_run_is_told_by_name(dsn: str, conn: asyncpg.Connection) -> None:
    await conn.execute("delete from schema_migrations where version = '0110'")
    assert "Before: 0110_completion_and_lateness.sql." in (await checked(dsn))[1]


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (
            "insert into parked (topic, partition, record_offset, headers, code) values ('t', 0, 0, '', 'gap')",
            "? parked Set aside: 1 in notify.",
        ),
        (
            "insert into outbox (topic, key, version, event_id, type, created_at) "
            "values ('notify.message.v1', 'k', 1, gen_random_uuid(), 'MessageSent', now() - interval '5 minutes')",
            "? outbox notify has 1 facts unsent",
        ),
        (
            "insert into stopped_stream (topic, key, version, applied_event, found_event) "
            "values ('dispatch.delivery.v1', 'k', 1, gen_random_uuid(), gen_random_uuid())",
            "? streams notify has stopped reading dispatch.delivery.v1",
        ),
    ],
)
async def test_trouble_that_another_release_may_mend_is_told_and_forbids_nothing(
    dsn: str, conn: asyncpg.Connection, trouble: str, told: str
) -> None:
    await conn.execute(trouble)
    code, said = await checked(dsn)
    assert code == 0
    assert told in said


async def test_tables_that_a_newer_version_has_finished_forbid_it(dsn: str, conn: asyncpg.Connection) -> None:
    await conn.execute(
        "create table schema_migrations_after (version text); insert into schema_migrations_after values ('0999')"
    )
    code, said = await checked(dsn)
    assert code == 1
    assert "BAD notify Not possible" in said


async def test_more_of_a_service_than_find_a_place_beside_their_successors_forbid_it(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTAR_REPLICAS", "intake=1 notify=6")
    assert (await checked(dsn))[0] == 0
    monkeypatch.setenv("ANTAR_REPLICAS", "intake=1 notify=7")
    code, told = await checked(dsn)
    assert code == 1
    assert "BAD replicas 7 of notify and as many successors" in told


async def test_a_database_that_is_away_forbids_it() -> None:
    code, told = await checked("postgresql://antar:word@127.0.0.1:1/notify")
    assert code == 1
    assert "BAD notify The database of notify does not answer" in told
    assert "word@" not in told


async def test_it_is_not_finished_while_a_former_version_runs(dsn: str, conn: asyncpg.Connection) -> None:
    for name, says in (("notify/0.0.1", "notify of 0.0.1 still runs"), ("notify", "notify of an unknown version")):
        async with running(conn, dsn, name):
            told = await antar("upgrade", "--finish", "--database", f"notify={dsn}")
        assert told.exit_code == 1
        assert says in told.output
    async with running(conn, dsn, f"notify/{version()}"):
        told = await antar("upgrade", "--finish", "--database", f"notify={dsn}")
    assert (told.exit_code, told.output) == (0, "notify: nothing to do; finished.\n")
