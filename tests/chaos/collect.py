"""Collects the evidence of a run from the platform it ran on: reads databases, topics, log files; changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events.catalogue import every_topic
from tests.chaos.evidence import City, Evidence, Parked, Place, Run, ServiceBooks, Used
from tests.chaos.scribe import Scribe
from tests.chaos.search import Searcher
from tools.demo.books import Log
from tools.demo.ledgers import read_books

ALL = frozenset({"intake", "printing", "dispatch", "notify"})

_FETCH = 5000
_PATIENCE_MS = 10_000
_LIVE = """
    select id::text, document_kind || ' ' || encode(person_hash, 'hex') from application
    where state not in ('CLOSED', 'CANCELLED', 'REJECTED')
    """
_USED = "select serial, application_id::text, movement from ledger where movement in ('PRINTED', 'SPOILED')"
_PRESSED = "select application_id::text, serial from simulated_print where serial is not null"
_TOLD = "select milestone, application_id::text, count(*)::int from message group by 1, 2"


@dataclass(frozen=True, slots=True)
class Platform:
    """Where to look. `addresses` are the databases (dsn) by service; `logs` are files; `texts` are other texts that must
    not name anybody, by a name for the place: metrics of a service, answers to refused requests."""

    addresses: Mapping[str, str]
    bootstrap: str
    logs: Sequence[Path] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


async def collect(platform: Platform, run: Run) -> Evidence:
    """The evidence, read without changing anything. Call it when nothing moves any more, faults healed.

    With all four services in `addresses` the domain is compared too; with fewer, `Evidence.city` is None.

    Raises:
        TimeoutError: the broker gives fewer records than it has.
    """
    searcher = Searcher(run.canaries)
    scribe = Scribe([one.place for one in run.injected], searcher)
    await _read_topics(platform.bootstrap, scribe)
    for path in platform.logs:
        await asyncio.to_thread(searcher.read_file, f"log {path.name}", path)
    for place, content in platform.texts.items():
        searcher.read(place, content)
    names: dict[str, str] = {}
    return Evidence(
        log=scribe.entries,
        services={name: await _service_books(address, names) for name, address in platform.addresses.items()},
        injected=run.injected,
        city=await _city(platform.addresses, scribe.log) if platform.addresses.keys() >= ALL else None,
        lives=run.lives,
        recovery=run.recovery,
        search=searcher.result() if run.canaries else None,
    )


async def _read_topics(bootstrap: str, scribe: Scribe) -> None:
    async with AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 << 20,
        check_crcs=False,  # the loopback is trusted; it costs a third of the time
    ) as consumer:
        partitions = [TopicPartition(t.name, n) for t in every_topic().values() for n in range(t.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        while left := [p for p in partitions if await consumer.position(p) < ends[p]]:
            polled = await consumer.getmany(*left, timeout_ms=_PATIENCE_MS, max_records=_FETCH)
            if not polled:
                raise TimeoutError(f"no more records though {len(left)} partitions have some")
            for records in polled.values():
                scribe.take(records)


async def _service_books(address: str, names: dict[str, str]) -> ServiceBooks:
    async with _looking(address) as connection:
        unsent = await connection.fetch("select topic, key, version from outbox")
        parked = await connection.fetch("select topic, partition, record_offset, key, version, code from parked")
        stopped = await connection.fetch("select topic, key from stopped_stream order by topic")
        return ServiceBooks(
            said=await _versions(connection, "stream_version", names),
            unsent=frozenset((row["topic"], row["key"], row["version"]) for row in unsent),
            heard=await _versions(connection, "stream_position", names),
            parked=[Parked(Place(*row[:3]), *row[3:]) for row in map(tuple, parked)],
            stopped=[(row["topic"], row["key"]) for row in stopped],
        )


async def _versions(connection: asyncpg.Connection, table: str, names: dict[str, str]) -> dict[str, dict[str, int]]:
    # One object for a key wherever it stands: a city has a hundred thousand of them in a dozen tables.
    found: dict[str, dict[str, int]] = {}
    async for topic, key, version in connection.cursor(f"select topic, key, version from {table}", prefetch=_FETCH):
        found.setdefault(topic, {})[names.setdefault(key, key)] = version
    return found


async def _city(addresses: Mapping[str, str], log: Log) -> City:
    async with _looking(addresses["intake"]) as intake:
        live = {row[0]: row[1] for row in await intake.fetch(_LIVE)}
    async with _looking(addresses["printing"]) as printing:
        used = [Used(*row) for row in await printing.fetch(_USED)]
        pressed = [(row[0], row[1]) for row in await printing.fetch(_PRESSED)]
    told: dict[str, dict[str, int]] = {}
    async with _looking(addresses["notify"]) as notify:
        for milestone, application, count in await notify.fetch(_TOLD):
            told.setdefault(milestone, {})[application] = count
    return City(await read_books(addresses), log, used, pressed, live, told)


@asynccontextmanager
async def _looking(address: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees one moment and can change nothing."""
    connection = await asyncpg.connect(address)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection
    finally:
        await connection.close()
