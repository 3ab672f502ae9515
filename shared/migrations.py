"""Brings a service's database to the schema that its code expects: the shared tables, then the service's own."""

import asyncio
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg

from shared.packages import migrations_of
from shared.rights import RIGHTS

SHARED = Path(__file__).parent / "schema"


class MigrationError(RuntimeError):
    """The database refused a migration; the text is its own words."""


def migrate(database_url: str, service: str) -> None:
    """Apply what is missing, in order, under a lock; does nothing when all is there.

    Then the role OWNER_run, if there is one, gets the rights that a running service needs and no more.

    Raises:
        MigrationError: a statement failed, or the database is out of reach.
    """
    dbmate = Path(sysconfig.get_path("scripts")) / "dbmate"
    folders = [folder for folder in (SHARED, migrations_of(service)) if folder]
    done = subprocess.run(  # noqa: S603 - our own binary with our own folders
        [
            str(dbmate),
            *(f"--migrations-dir={folder}" for folder in folders),
            "--no-dump-schema",
            "--migration-lock",
            "--wait",
            "migrate",
        ],
        env={"DATABASE_URL": _with_sslmode(database_url)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MigrationError(f"{service}: {done.stderr.strip() or done.stdout.strip()}")
    try:
        # In a loop of its own: the caller may be inside one already.
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(asyncio.run, _give_rights(database_url)).result()
    except (OSError, asyncpg.PostgresError) as error:
        raise MigrationError(f"{service}: rights of the running role: {error}") from error


async def _give_rights(database_url: str) -> None:
    conn = await asyncpg.connect(database_url, timeout=30)
    try:
        await conn.execute(RIGHTS)
    finally:
        await conn.close()


def _with_sslmode(url: str) -> str:
    # dbmate insists on TLS unless told otherwise; asyncpg takes it where the server offers it.
    return url if "sslmode=" in url else f"{url}{'&' if '?' in url else '?'}sslmode=disable"
