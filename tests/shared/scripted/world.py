"""Where processes of the miniature service come and go: one database, one log, and the way to rest."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from random import Random
from uuid import UUID

import asyncpg
import pytest
import structlog

from shared import failpoints
from shared.messaging import relay, subscription
from tests.shared.scripted.log import ScriptedLog
from tests.shared.scripted.process import Killed, Process, Watch, tell_the_process
from tests.shared.scripted.service import SCHEMA, TABLES, TOPICS, Fact, Kind, consumer

ROUNDS = 30


class World:
    """What outlives a process. Histories one after another use fresh keys, so that the tables need no clearing."""

    def __init__(self, pool: asyncpg.Pool, own: asyncpg.Connection, connections: set[asyncpg.Connection]) -> None:
        self.own = own
        self._pool = pool
        self._connections = connections
        self._consumer = consumer(lambda: self.mended)
        self.begin(Random(0))

    def begin(self, random: Random) -> None:
        """Begin another history."""
        self.random = random
        self.log = ScriptedLog()
        self.mended = False
        self.told: list[str] = []
        self.exits = 0
        self.keys = [str(UUID(int=random.getrandbits(128), version=4)) for _ in range(4)]
        self._marks = 0

    def fact(self, topic: str, key: str, kind: Kind) -> Fact:
        """A fact with a mark of its own."""
        self._marks += 1
        self.told.append(f"say {kind} of {topic} {key[:4]}")
        return Fact(topic, key, f"{self._marks:04x}", kind)

    async def clear(self) -> None:
        """Empty all tables."""
        await self.own.execute(f"truncate {TABLES}")

    async def start(self, watch: Watch | None = None) -> Process:
        """A new process; it takes the partitions over from whoever had them."""
        process = Process(self._pool, self.log, self._consumer, batch=self.random.choice((2, 100, 100)), watch=watch)
        await process.start()
        return process

    async def end(self, process: Process) -> None:
        """Kill a process, unless it is dead; nothing of it is under way any more when this returns."""
        await process.kill()
        if process.exit_code is not None:
            self.exits += 1
            self.told.append(f"exit {process.exit_code}")
        # A statement that was sent goes on without its sender; the pool tells nobody when it is done.
        while self._pool.get_idle_size() < self._pool.get_size():  # noqa: ASYNC110
            await asyncio.sleep(0)

    async def cut(self) -> None:
        """All connections of all processes to the database break."""
        while self._connections:
            self._connections.pop().terminate()

    async def meanwhile(self, other: "asyncio.Task[object]") -> None:
        """Another process goes on until it is done or waits for a lock of ours."""
        waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        while not (await asyncio.wait([other], timeout=0.01))[0] and not await self.own.fetchval(waits):
            pass

    async def stopped(self) -> list[str]:
        """The streams that are stopped."""
        return [row["topic"] for row in await self.own.fetch("select topic from stopped_stream")]

    async def effects_of(self, names: list[str]) -> int:
        """How much of some streams was applied in this history."""
        count = "select count(*) from effect where topic = any ($1) and key = any ($2)"
        return int(await self.own.fetchval(count, names, self.keys))

    async def resume(self) -> None:
        """A person has looked at the stopped streams, takes what was applied for the truth, and lets them go on."""
        await self.own.execute(
            "insert into settled_event select found_event from stopped_stream on conflict do nothing;"
            "delete from stopped_stream"
        )

    async def drop_broken(self) -> None:
        """A person gives up what can never be read, where it stands first: its position moves over it."""
        await self.own.execute(
            """
            with gone as (
                delete from parked p where code = 'bad-data' and version = 1 + coalesce(
                    (select version from stream_position s where (s.topic, s.key) = (p.topic, p.key)), 0)
                returning topic, key, version),
            numbered as (
                select id, topic, key, row_number() over (partition by topic, key order by id) as version
                from said where kind <> 'forged'),
            noted as (
                update said set kind = 'dropped' where id in (select id from numbered natural join gone))
            insert into stream_position (topic, key, version, expected) select topic, key, version, 0 from gone
            on conflict (topic, key) do update set version = excluded.version, event_id = null
            """
        )

    async def settle(self, process: Process, *, drain: bool = False) -> Process:
        """Go on, without further faults, until nothing moves; returns the process alive then: one may end by itself.

        Parked records are drained when asked, and when anything is left on the log.
        """
        for _ in range(ROUNDS):
            self.log.heal()
            process.db.lose_answer = False
            try:
                if drain:
                    await process.drain()
                while await process.poll() or await process.send():
                    pass
                await process.commit()
            except Killed:
                if process.exit_code is None:
                    raise
                await self.end(process)
                process = await self.start()
                continue
            if drain or not self.log.lag(TOPICS):
                return process
            drain = True
        raise AssertionError("it does not come to rest")


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[World]:
    """A world in an empty database with the shared tables."""
    connections: set[asyncpg.Connection] = set()

    async def keep(connection: asyncpg.Connection) -> None:
        connections.add(connection)

    async def as_it_is(_: asyncpg.Connection) -> None:
        # A reset would be a tenth of the statements, and nothing here sets anything.
        pass

    own = await asyncpg.connect(dsn)
    await own.execute(SCHEMA)
    async with asyncpg.create_pool(dsn, min_size=1, max_size=5, init=keep, reset=as_it_is) as pool:
        yield World(pool, own, connections)
    await own.close()


@contextmanager
def no_waiting() -> Iterator[None]:
    """Ticks come when the script says so, retries at once; few rows fill a window; ten thousand crashes log nothing."""
    before = structlog.get_config()
    structlog.configure(processors=[_drop])
    failpoints.observe(tell_the_process)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subscription, "COMMIT_SECONDS", 3600)
        patch.setattr(subscription, "MAX_PAUSE", 0)
        patch.setattr(relay, "WINDOW", 3)
        yield
    failpoints.observe(None)
    structlog.configure(**before)


def _drop(*_: object) -> str:
    raise structlog.DropEvent
