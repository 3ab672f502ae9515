"""The ground that the bench stands on: one real Kafka, one real PostgreSQL, a fresh database for each row."""

import cProfile
import fcntl
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from bench.pairs import Stopwatch
from shared import topics
from shared.migrations import migrate
from shared.service import CONSUMER_SESSION, SESSION
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres

DATA = Path(".antar/bench")
EFFECTS = "create table effect (id bigint generated always as identity primary key, key text not null)"
EMPTY = "truncate effect, outbox, stream_position, stream_version, parked"
QUICK = 25


@dataclass(frozen=True)
class Ground:
    """What a row gets: the servers, how often to repeat, and whether it is only a try."""

    kafka: EmbeddedKafka
    postgres: EmbeddedPostgres
    repeats: int
    quick: bool = False
    profiler: cProfile.Profile | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def stop(self) -> None:
        """End both servers; a row that brings its own calls it, so it has to be the last."""
        self.kafka.stop()
        self.postgres.stop()

    @property
    def bootstrap(self) -> str:
        """The broker's address."""
        return self.kafka.bootstrap

    def size(self, events: int) -> int:
        """So many events, or a fraction when it is only a try."""
        return max(100, events // QUICK) if self.quick else events

    def stopwatch(self) -> Stopwatch:
        """For our side: profiled when that was asked for."""
        return Stopwatch(self.profiler)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a fresh database with the core's tables and a table of effects."""
        name = f"bench_{next(self._numbers)}"
        self.postgres.drop_database(name)
        self.postgres.create_database(name)
        try:
            dsn = self.postgres.dsn(name, "postgres")
            migrate(dsn, "core")
            self.postgres.query(EFFECTS, name)
            yield dsn
        finally:
            self.postgres.drop_database(name)

    @asynccontextmanager
    async def consumer_pool(self) -> AsyncIterator[asyncpg.Pool]:
        """Connections to a fresh database, as a service's consumer has them."""
        with self.database() as dsn:
            async with connect_consumer(dsn) as pool:
                yield pool


def connect(dsn: str, session: Mapping[str, str] = SESSION) -> asyncpg.Pool:
    """A pool as a service has it for its requests, its workers and its relay."""
    return asyncpg.create_pool(dsn, min_size=1, max_size=4, server_settings=dict(session))


def connect_consumer(dsn: str) -> asyncpg.Pool:
    """A pool as a service has it for its consumer."""
    return connect(dsn, SESSION | CONSUMER_SESSION)


@asynccontextmanager
async def servers(repeats: int, *, quick: bool, profiler: cProfile.Profile | None) -> AsyncIterator[Ground]:
    """Both servers with empty data folders, and all topics.

    Raises:
        BlockingIOError: another bench is using the folders.
    """
    with _alone():
        async with _servers(repeats, quick, profiler) as ground:
            yield ground


@contextmanager
def _alone() -> Iterator[None]:
    DATA.mkdir(parents=True, exist_ok=True)
    with (DATA / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@asynccontextmanager
async def _servers(repeats: int, quick: bool, profiler: cProfile.Profile | None) -> AsyncIterator[Ground]:
    for folder in (DATA / "kafka", DATA / "postgres"):
        shutil.rmtree(folder, ignore_errors=True)
    kafka = EmbeddedKafka(DATA / "kafka", log=DATA / "kafka.log", pid_file=DATA / "kafka.pid")
    postgres = EmbeddedPostgres(DATA / "postgres", log=DATA / "postgres.log", pid_file=DATA / "postgres.pid")
    ground = Ground(kafka, postgres, repeats, quick, profiler)
    try:
        kafka.start()
        postgres.start()
        await topics.apply(kafka.bootstrap)
        yield ground
    finally:
        ground.stop()
