"""Tables change while people work: what is added comes before a new version, what is taken away after the old one."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from shared import migrations
from shared.migrations import MigrationError, finish, migrate
from shared.tables import TablesError, refuse_what_is_unfit, standing
from shared.version import version
from tests.platform import Platform
from tests.shared.releases import Releases
from tests.tools.conftest import until

_numbers = itertools.count(1)
FIRST = "0100_visits.sql"
SECOND = "0101_room.sql"
LAST = "after/0102_no_more_floor.sql"


@pytest.fixture
def dsn(platform: Platform) -> Iterator[str]:
    """An empty database."""
    name = f"migrated_{next(_numbers)}"
    yield platform.create_database(name)
    platform.drop_database(name)


@pytest.fixture
async def conn(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(dsn)
    yield conn
    await conn.close()


@pytest.fixture
def releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Releases:
    made = Releases(tmp_path, monkeypatch)
    made.brings(FIRST, "create table visit (id int primary key, floor int);")
    return made


def next_release(releases: Releases) -> None:
    releases.brings(SECOND, "alter table visit add column room int;")
    releases.brings(LAST, "alter table visit drop column floor;")


async def columns(conn: asyncpg.Connection) -> set[str]:
    rows = await conn.fetch("select column_name from information_schema.columns where table_name = 'visit'")
    return {row[0] for row in rows}


async def test_an_address_with_parameters_is_understood(dsn: str, conn: asyncpg.Connection) -> None:
    migrate(f"{dsn}?application_name=antar", "core")
    assert await conn.fetchval("select count(*) from outbox") == 0


async def test_a_new_database_gets_everything_and_knows_by_which_version(
    dsn: str, conn: asyncpg.Connection, releases: Releases
) -> None:
    next_release(releases)
    migrate(dsn, releases.service)
    assert await columns(conn) == {"id", "room"}
    found = await standing(conn, releases.service)
    assert found == (False, version(), (), (), (), ())


async def test_what_takes_something_away_waits_until_the_upgrade_is_finished(
    dsn: str, conn: asyncpg.Connection, releases: Releases
) -> None:
    migrate(dsn, releases.service)
    next_release(releases)
    migrate(dsn, releases.service)
    assert await columns(conn) == {"id", "floor", "room"}
    assert (await standing(conn, releases.service)).after == ("0102_no_more_floor.sql",)
    finish(dsn, releases.service)
    assert await columns(conn) == {"id", "room"}


async def test_former_code_goes_on_with_tables_that_were_only_added_to(
    dsn: str, conn: asyncpg.Connection, releases: Releases
) -> None:
    next_release(releases)
    releases.goes_back(LAST)
    migrate(dsn, releases.service)
    releases.goes_back(SECOND)
    migrate(dsn, releases.service)
    found = await standing(conn, releases.service)
    assert found.ahead == ("0101",)
    refuse_what_is_unfit(found)


async def test_former_code_is_refused_by_name_once_the_upgrade_is_finished(
    dsn: str, conn: asyncpg.Connection, releases: Releases
) -> None:
    next_release(releases)
    migrate(dsn, releases.service)
    await conn.execute("insert into version_history (version) values ('7.0.0')")
    releases.goes_back(SECOND, LAST)
    with pytest.raises(TablesError, match=r"7\.0\.0 is finished \(migration 0102\)"):
        refuse_what_is_unfit(await standing(conn, releases.service))
    with pytest.raises(MigrationError, match=r"7\.0\.0"):
        migrate(dsn, releases.service)


async def test_code_is_refused_by_tables_that_lack_something(
    dsn: str, conn: asyncpg.Connection, releases: Releases
) -> None:
    migrate(dsn, releases.service)
    next_release(releases)
    with pytest.raises(TablesError, match=SECOND):
        refuse_what_is_unfit(await standing(conn, releases.service))


async def test_a_migration_that_waits_for_a_table_lets_others_through_and_comes_in_when_it_is_free(
    dsn: str, conn: asyncpg.Connection, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOCK_SECONDS", 0.1)
    migrate(dsn, releases.service)
    next_release(releases)

    async def waits() -> bool:
        return bool(await other.fetchval("select exists (select from pg_locks where not granted)"))

    other = await asyncpg.connect(dsn)
    try:
        async with conn.transaction():
            await conn.execute("insert into visit values (1, 2)")
            work = asyncio.create_task(asyncio.to_thread(migrate, dsn, releases.service))
            await until(waits)
            # Behind the migration in the queue for the table: it is served though the first still holds it.
            assert await other.fetchval("select count(*) from visit", timeout=10) == 0
            assert not work.done()
        await work
    finally:
        await other.close()
    assert "room" in await columns(conn)


async def test_an_index_whose_making_broke_off_is_made_anew(
    dsn: str, conn: asyncpg.Connection, releases: Releases
) -> None:
    migrate(dsn, releases.service)
    releases.brings(SECOND, "create unique index concurrently visit_floor on visit (floor);", alone=True)
    await conn.execute("insert into visit values (1, 7), (2, 7)")
    with pytest.raises(MigrationError, match="could not create unique index"):
        migrate(dsn, releases.service)
    await conn.execute("delete from visit where id = 2")
    migrate(dsn, releases.service)
    assert await conn.fetchval("select indisvalid from pg_index where indexrelid = 'visit_floor'::regclass")
