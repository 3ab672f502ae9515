"""A consistent cut through the databases of all services while they work.

No reader may hold what its writer, in the same cut, has not said yet. So for a moment nobody hears: a lock on what each
claim and each record set aside is written to waits for the polls that are under way, and lets no other begin. While
all databases are held like that, each exports a snapshot; then all go on. Whoever only says (a counter, a printer) is
never held up. What is sent between the snapshots and the reading of the topics is told apart by its version.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, TypeVar

import asyncpg
import stamina

from shared.tables import DONE_AFTER, DONE_BEFORE, numbers
from tools.errors import PlatformError

T = TypeVar("T")
Aggregate = tuple[str, str]
"""(topic, key)"""

# In the order of a poll. Against a drain, which goes the other way, the patience helps.
_HOLD: Final = "lock table stream_position, parked in share mode"
_SAID: Final = """
    select topic, key, version from stream_version
    where (topic, key) in (select * from unnest($1::text[], $2::text[]))
    """
_HELD_MS: Final = 1500
"""How long readers may be kept waiting for the slowest of them; after a second the server ends a vacuum in the way."""
_PATIENCE: Final = 120.0
_CONNECT_SECONDS: Final = 10.0
_BUSY: Final = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
# A snapshot waits for its turn, however long the dumps before it take.
_SESSION: Final = {"application_name": "antar-backup", "idle_in_transaction_session_timeout": "0"}


class Snapshot:
    """A service's database as it is in the cut, for as long as its transaction is open."""

    def __init__(self, conn: asyncpg.Connection, name: str) -> None:
        """`name` is that by which other sessions see the same."""
        self._conn = conn
        self.name = name

    async def said(self, aggregates: Iterable[Aggregate]) -> dict[Aggregate, int]:
        """The last version that was said of each of these; none of one that was not there yet."""
        pairs = sorted(set(aggregates))
        rows = await self._conn.fetch(_SAID, [topic for topic, _ in pairs], [key for _, key in pairs])
        return {(topic, key): version for topic, key, version in rows}

    async def parked(self) -> list[tuple[str, int, int]]:
        """Topic, partition and offset of each record that is set aside."""
        rows = await self._conn.fetch("select topic, partition, record_offset from parked order by 1, 2, 3")
        return [tuple(row) for row in rows]

    async def migrations(self) -> tuple[list[str], list[str]]:
        """The numbers of those that were applied: of those that come before, and of those that come after."""
        before, after = await numbers(self._conn, DONE_BEFORE), await numbers(self._conn, DONE_AFTER)
        return sorted(before), sorted(after)

    async def close(self) -> None:
        """Nobody needs it any more: what the server has kept for it may go."""
        await self._conn.close(timeout=_CONNECT_SECONDS)


async def refuse_other_releases(databases: Mapping[str, str], release: int) -> None:
    """Lets servers pass of the PostgreSQL whose programs copy them: those say what another does not understand.

    Raises:
        PlatformError: a server is of another one, or does not answer.
    """
    async with AsyncExitStack() as stack:
        for name, address in databases.items():
            conn = await connected(stack, name, address)
            if (found := conn.get_server_version().major) != release:
                raise PlatformError(
                    f"The database of {name} is on PostgreSQL {found}: only {release} can be backed up and restored."
                )


@asynccontextmanager
async def cut(databases: Mapping[str, str]) -> AsyncIterator[dict[str, Snapshot]]:
    """Snapshots of these databases, by service, of one moment as far as events go.

    Raises:
        PlatformError: a database did not come to rest in two minutes.
    """
    async with AsyncExitStack() as stack:
        conns = [await connected(stack, name, address) for name, address in databases.items()]
        async with AsyncExitStack() as meanwhile:
            holding = [await connected(meanwhile, name, address) for name, address in databases.items()]
            names = await _at_rest(holding, conns)
        yield {service: Snapshot(conn, name) for service, conn, name in zip(databases, conns, names, strict=True)}


async def connected(stack: AsyncExitStack, name: str, address: str) -> asyncpg.Connection:
    """A session in a database, for as long as the stack is open.

    Raises:
        PlatformError: it does not answer, or does not let us in; names it.
    """
    try:
        conn = await asyncpg.connect(address, timeout=_CONNECT_SECONDS, server_settings=_SESSION)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise PlatformError(f"The database of {name} does not answer ({type(error).__name__}).") from None
    stack.push_async_callback(conn.close, timeout=_CONNECT_SECONDS)
    return conn


async def _at_rest(holding: list[asyncpg.Connection], taking: list[asyncpg.Connection]) -> list[str]:
    try:
        async for attempt in stamina.retry_context(on=_BUSY, attempts=None, timeout=_PATIENCE, wait_max=3):
            with attempt:
                try:
                    await _all(_hold(conn) for conn in holding)
                    return await _all(_snapshot(conn) for conn in taking)
                finally:
                    await _all(conn.execute("rollback") for conn in holding)
    except _BUSY:
        pass
    raise PlatformError(
        "The services did not come to rest for a moment in two minutes: try again when less is going on."
    )


async def _hold(conn: asyncpg.Connection) -> None:
    await conn.execute(f"begin; set local lock_timeout = {_HELD_MS}; {_HOLD}")


async def _snapshot(conn: asyncpg.Connection) -> str:
    await conn.execute("begin isolation level repeatable read")
    name: str = await conn.fetchval("select pg_export_snapshot()")
    return name


async def _all(questions: Iterable[Awaitable[T]]) -> list[T]:
    """Their answers; one that fails is told when all have ended, since a connection takes one question at a time."""
    answers = await asyncio.gather(*questions, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]
