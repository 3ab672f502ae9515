"""Writes records of the run's own to the log, each with a mark, and finds them there again."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from shared.events.catalogue import topics
from shared.events.partitions import partition_of
from tests.chaos.evidence import Injected, Place
from tests.chaos.poison import Draft

MARK = "chaos_mark"
"""The header by which a record is known as ours, whatever became of its acknowledgement."""

PATIENCE = 60.0
_LARGEST = 4 << 20
_TROUBLE = (KafkaError, OSError, TimeoutError)


class Injector:
    """Knows by mark what it has written and who is to refuse it."""

    def __init__(self, bootstrap: str) -> None:
        self.written: Counter[str] = Counter()
        self._bootstrap = bootstrap
        self._refusers: dict[bytes, frozenset[str]] = {}
        self._marks = count(1)

    async def write(self, drafts: Sequence[Draft]) -> None:
        """Append these records in their order, waiting for a broker that is away."""
        marked = [self._marked(draft) for draft in drafts]
        await self._produce([(d.topic, _partition(d), d.key, d.value, d.headers) for d in marked])
        self.written.update(d.topic for d in drafts)

    async def replay(self, topic: str) -> int:
        """Append a copy of every true record of the topic behind the last one of its partition; how many."""
        originals = [record async for record in read(self._bootstrap, [topic]) if mark_of(record) is None]
        once = {(r.partition, r.key, dict(r.headers).get("ce_id")): r for r in originals}
        copies = [
            (topic, r.partition, r.key, r.value, [*r.headers, (MARK, self._mark(frozenset()))]) for r in once.values()
        ]
        await self._produce(copies)
        self.written[topic] += len(copies)
        return len(copies)

    async def found(self) -> list[Injected]:
        """Every record of ours as it stands on the log now."""
        marked = [(r, mark_of(r)) async for r in read(self._bootstrap, topics())]
        return [
            Injected(Place(r.topic, r.partition, r.offset), self._refusers[mark])
            for r, mark in marked
            if mark is not None
        ]

    def _marked(self, draft: Draft) -> Draft:
        return draft._replace(headers=[*draft.headers, (MARK, self._mark(draft.refused_by))])

    def _mark(self, refused_by: frozenset[str]) -> bytes:
        mark = b"%d" % next(self._marks)
        self._refusers[mark] = refused_by
        return mark

    async def _produce(self, records: Sequence[tuple[str, int, Any, Any, Any]]) -> None:
        """A record of unknown fate may stand there twice, marked both times: the evidence is what the log says."""
        deadline = time.monotonic() + PATIENCE
        left = list(records)
        while left:
            try:
                async with _producer(self._bootstrap) as producer:
                    while left:
                        some = left[:500]
                        await _all([await producer.send(t, v, k, p, headers=h) for t, p, k, v, h in some])
                        del left[:500]
            except _TROUBLE:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.5)


async def _all(written: Sequence[asyncio.Future[Any]]) -> None:
    """All of them, each to its end; raises the first error. A future that the client has cancelled is one."""
    await asyncio.wait(written)
    for future in written:
        if future.cancelled():
            raise TimeoutError("the client gave up")
        if error := future.exception():
            raise error


@asynccontextmanager
async def _producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_request_size=_LARGEST
    )
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()


def _partition(draft: Draft) -> int:
    return partition_of(draft.key or b"", topics()[draft.topic].partitions)


def mark_of(record: ConsumerRecord[Any, Any]) -> bytes | None:
    """Our mark on a record; None on a true one."""
    return next((bytes(value) for name, value in record.headers if name == MARK), None)


async def read(bootstrap: str, names: Iterable[str]) -> AsyncIterator[ConsumerRecord[Any, Any]]:
    """All records of these topics up to their present ends, each partition in its order."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest", check_crcs=False
    )
    try:
        await consumer.start()
        partitions = [TopicPartition(name, n) for name in names for n in range(topics()[name].partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        while open_ones := [p for p in partitions if await consumer.position(p) < ends[p]]:
            polled = await consumer.getmany(*open_ones, timeout_ms=10_000, max_records=5000)
            if not polled:
                raise TimeoutError("the broker gives no more records")
            for records in polled.values():
                for record in records:
                    yield record
    finally:
        await consumer.stop()
