"""The databases of an installation on one PostgreSQL server: an owner and a running role for each, and nobody else."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

import asyncpg
import stamina

from shared.packages import known
from shared.rights import RUNNING
from tools.errors import PlatformError

SUFFIX: Final = "_database_url"
OURS: Final = "postgres"
"""The name of the server that an installation starts for itself."""
SHORTEST: Final = 16
"""Characters of a password; a placeholder is shorter."""
_PATIENCE: Final = 60.0


class Account(NamedTuple):
    """Who comes to a database, as its address says."""

    user: str
    password: str
    database: str


def account(address: str) -> Account:
    """An address taken apart.

    Raises:
        PlatformError: it is not of its form. It is not quoted: there is a password in it.
    """
    parts = urlsplit(address)
    database = parts.path.strip("/")
    try:
        sound = parts.port != 0 and parts.scheme in ("postgresql", "postgres")
    except ValueError:  # no number
        sound = False
    if not (sound and parts.username and parts.password and database):
        raise PlatformError("A database's address is postgresql://USER:PASSWORD@HOST:PORT/NAME.")
    return Account(unquote(parts.username), unquote(parts.password), database)


class Addresses(NamedTuple):
    """All that come to the server: its administrator, the owner of each service's database, who else owns one, and the
    roles as which services run."""

    administrator: str
    services: dict[str, str]
    others: list[str]
    running: list[str]


def in_folder(folder: Path) -> Addresses:
    """The addresses that an installation keeps as secrets.

    Raises:
        PlatformError: one is missing, or a password in it is a placeholder; names the file.
    """
    services = {name: _address(folder / f"{name}{SUFFIX}") for name in known("services")}
    running = [_address(folder / f"{name}{RUNNING}{SUFFIX}") for name in services]
    return Addresses(_address(folder / f"postgres{SUFFIX}"), services, [_address(folder / f"sign_in{SUFFIX}")], running)


def _address(file: Path) -> str:
    try:
        address = file.read_text().strip()
    except OSError as error:
        raise PlatformError(f"{file.name} is missing in {file.parent}: run `antar init`.") from error
    if len(account(address).password) < SHORTEST:
        raise PlatformError(f"{file.name}: a password of {SHORTEST} characters or more belongs into it.")
    return address


async def prepare(addresses: Addresses) -> list[str]:
    """Makes the roles and databases that are missing. Passwords are set as the addresses say: a changed one counts.

    Returns:
        What was made.

    Raises:
        PlatformError: the server refuses, or does not answer within a minute.
    """
    owners = [account(one) for one in (*addresses.services.values(), *addresses.others)]
    try:
        conn = await _connect(addresses.administrator)
        try:
            ours = urlsplit(addresses.administrator).hostname == OURS
            return await _make(conn, owners, [account(one) for one in addresses.running], ours=ours)
        finally:
            await conn.close()
    except (OSError, asyncpg.PostgresError) as error:
        # Its class, not its text: a statement with a password in it may be quoted there.
        raise PlatformError(f"PostgreSQL did not prepare the databases: {type(error).__name__}.") from None


async def _connect(address: str) -> asyncpg.Connection:
    async for attempt in stamina.retry_context(on=(OSError, asyncpg.PostgresError), timeout=_PATIENCE, wait_max=2):
        with attempt:
            return await asyncpg.connect(address, timeout=5)
    raise AssertionError("retry_context ends by returning or raising")


async def _make(
    conn: asyncpg.Connection, owning: Sequence[Account], coming: Sequence[Account], *, ours: bool
) -> list[str]:
    done: list[str] = []
    roles = {row[0] for row in await conn.fetch("select rolname from pg_roles")}
    databases = {row[0] for row in await conn.fetch("select datname from pg_database")}
    for who in (*owning, *coming):
        verb = "alter" if who.user in roles else "create"
        await conn.execute(await _filled(conn, f"{verb} role %I login password %L", who.user, who.password))
        if verb == "create":
            done.append(f"role {who.user}")
    for who in owning:
        if who.database not in databases:
            await conn.execute(await _filled(conn, "create database %I owner %I", who.database, who.user))
            done.append(f"database {who.database}")
        await conn.execute(await _filled(conn, "revoke all on database %I from public", who.database))
    # Those that every server has: nobody but its administrator has business there, if the server is ours alone.
    for database in ("postgres", "template1") if ours else ():
        await conn.execute(await _filled(conn, "revoke all on database %I from public", database))
    for who in coming:
        await conn.execute(await _filled(conn, "grant connect on database %I to %I", who.database, who.user))
    return done


async def _filled(conn: asyncpg.Connection, statement: str, *values: str) -> str:
    # Statements about roles take no parameters; the server itself quotes what is put into them.
    filled: str = await conn.fetchval("select format($1, variadic $2::text[])", statement, list(values))
    return filled
