"""What a full poll spends in the database, counted rather than timed: the same on any machine."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import asyncpg

from bench.facts import TOPIC, Raw, facts, record
from bench.figures import Figure, Spread, Target
from bench.ground import Ground, connect_consumer
from bench.plain import from_raw, transaction
from bench.reading import POLL, READER, reader
from shared.messaging.poll import Applier
from shared.messaging.transaction import Database

COPIES = 1
"""The copy into the outbox, which asyncpg does not report to its query loggers."""


class Entry(NamedTuple):
    """A log entry as a reader gets it."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]


class Cost(NamedTuple):
    """Of one full poll with an effect and an announcement per event; begin, commit and COPY are calls too."""

    calls_per_event: float
    wal_bytes_per_event: float


async def run(ground: Ground) -> list[Figure]:
    """One warm poll; there is nothing to repeat."""
    with ground.database() as dsn:
        cost = await of_a_poll(dsn)
    about = f"a poll of {POLL:,} events, one effect and one announcement each"
    calls, wal = cost
    return [
        Figure("SQL calls per event", Spread(calls, calls, calls), "calls", Target(0.05, 0.02, at_most=True), about),
        Figure("WAL per event", Spread(wal, wal, wal), "bytes", detail=about),
    ]


async def of_a_poll(dsn: str) -> Cost:
    """The second of two full polls, so that nothing is loaded or written for the first time."""
    said: list[str] = []
    async with connect_consumer(dsn) as pool:
        apply = Applier(reader(), Database(pool, READER)).apply
        await apply(entries(raws(POLL)))
        before = await _written(pool)
        await apply(entries(raws(POLL)))
        wal = await _written(pool) - before
    async with logged(dsn, said) as pool:
        await Applier(reader(), Database(pool, READER)).apply(entries(raws(POLL)))
    return Cost((len(said) + COPIES) / POLL, wal / POLL)


async def statements(dsn: str) -> tuple[list[str], list[str]]:
    """What the core sends for a full poll, and what the plain script sends, without regard to spaces."""
    ours: list[str] = []
    plain: list[str] = []
    async with logged(dsn, ours) as pool:
        await Applier(reader(), Database(pool, READER)).apply(entries(raws(POLL)))
    async with logged(dsn, plain) as pool:
        await transaction(pool, [from_raw(raw) for raw in raws(POLL)])
    return ours, plain


def raws(count: int) -> list[Raw]:
    """So many records."""
    return [record(fact) for fact in facts(count)]


def entries(records: Sequence[Raw]) -> list[Entry]:
    """The records as they come from the log."""
    return [
        Entry(TOPIC, partition, n, key, value, headers) for n, (partition, key, value, headers) in enumerate(records)
    ]


def logged(dsn: str, said: list[str]) -> asyncpg.Pool:
    """A pool of one connection that notes every statement, with single spaces."""

    def note(query: Any) -> None:
        said.append(" ".join(query.query.split()))

    async def setup(conn: Any) -> None:
        conn.add_query_logger(note)

    return asyncpg.create_pool(dsn, min_size=1, max_size=1, setup=setup)


async def _written(pool: asyncpg.Pool) -> int:
    written: int = await pool.fetchval("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
    return written
