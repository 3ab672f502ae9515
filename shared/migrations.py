"""Brings a service's database to the tables that its code expects: the shared ones, then the service's own."""

import asyncio
import subprocess
import sysconfig
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import stamina

from shared.rights import RIGHTS
from shared.tables import DONE_AFTER, DONE_BEFORE, TablesError, folders, refuse_what_is_beyond, standing
from shared.version import version

LOCK_SECONDS: Final = 2
"""How long a migration waits for a table: everybody who wants it meanwhile waits behind."""
LOCK_TRIES: Final = 30
"""Between two of them whoever waited gets through."""
START_SECONDS: Final = 60

_ALONE: Final = "select pg_advisory_lock(hashtextextended('antar-migrations', 0))"
_HALF_MADE: Final = """
select indexrelid::regclass::text from pg_index join pg_class on pg_class.oid = indexrelid
where not indisvalid and relnamespace = 'public'::regnamespace
"""
_KEEP_VERSION: Final = """
insert into version_history (version) select $1
where $1 is distinct from (select version from version_history order by id desc limit 1)
"""


class MigrationError(RuntimeError):
    """The database refused a migration; the text is its own words."""


class _LockedError(MigrationError):
    """Somebody held a table for too long."""


def migrate(database_url: str, service: str) -> None:
    """Apply what is missing and lets former code work on, in order, under a lock; to a new database everything.

    Then the role OWNER_run, if there is one, gets the rights that a running service needs and no more.

    Raises:
        MigrationError: a statement failed, the database is out of reach, or newer code took from it what this needs.
    """
    _in_a_loop_of_its_own(_migrate(database_url, service, and_finish=False), service)


def finish(database_url: str, service: str) -> None:
    """The same, and then what must wait until no former code works on the database: make sure of that first."""
    _in_a_loop_of_its_own(_migrate(database_url, service, and_finish=True), service)


def _in_a_loop_of_its_own(work: Coroutine[Any, Any, None], service: str) -> None:
    try:
        with ThreadPoolExecutor(max_workers=1) as pool:  # the caller may be inside one already
            pool.submit(asyncio.run, work).result()
    except (OSError, TablesError, MigrationError, asyncpg.PostgresError) as error:
        raise MigrationError(f"{service}: {error}") from error


async def _migrate(database_url: str, service: str, *, and_finish: bool) -> None:
    async with _alone(database_url) as conn:
        found = await standing(conn, service)
        refuse_what_is_beyond(found)
        await _apply(conn, database_url, folders(service, after=False), DONE_BEFORE)
        if found.new or and_finish:
            await _apply(conn, database_url, folders(service, after=True), DONE_AFTER)
        await conn.execute(RIGHTS)
        await conn.execute(_KEEP_VERSION, version())


@asynccontextmanager
async def _alone(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    conn = await _connect(database_url)
    try:
        await conn.execute(_ALONE)
        yield conn
    finally:
        await conn.close()


@stamina.retry(on=(OSError, asyncpg.CannotConnectNowError), attempts=None, timeout=START_SECONDS, wait_max=2)
async def _connect(database_url: str) -> asyncpg.Connection:
    return await asyncpg.connect(database_url, timeout=30)


@stamina.retry(on=_LockedError, attempts=LOCK_TRIES, timeout=None, wait_max=2)
async def _apply(conn: asyncpg.Connection, database_url: str, of_phase: list[Path], noted_in: str) -> None:
    # Made concurrently and broken off: such an index serves nobody, and stands in the way of the next try.
    for row in await conn.fetch(_HALF_MADE):
        await conn.execute(f"drop index concurrently {row[0]}")
    if of_phase:
        await asyncio.to_thread(_dbmate, database_url, of_phase, noted_in)


def _dbmate(database_url: str, of_phase: list[Path], noted_in: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own binary with our own folders
        [
            str(Path(sysconfig.get_path("scripts")) / "dbmate"),
            *(f"--migrations-dir={folder}" for folder in of_phase),
            f"--migrations-table={noted_in}",
            "--no-dump-schema",
            "migrate",
        ],
        env={"DATABASE_URL": _told(database_url)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.strip() or done.stdout.strip()
        raise (_LockedError if "lock timeout" in words else MigrationError)(words)


def _told(url: str) -> str:
    # dbmate insists on TLS unless told otherwise; asyncpg takes it where the server offers it.
    sslmode = "" if "sslmode=" in url else "sslmode=disable&"
    return f"{url}{'&' if '?' in url else '?'}{sslmode}lock_timeout={LOCK_SECONDS}s"
