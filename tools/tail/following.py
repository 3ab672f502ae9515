"""Follows topics without a consumer group: it remembers itself where it is, whatever happens to the broker."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import datetime
from typing import Literal

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.kafka import client
from tools.errors import PlatformError
from tools.failing import silence_kafka

PATIENCE = 5.0
"""Seconds in which a broker that lives has answered."""
PAUSE = 1.0
PROBE_EVERY = 3.0
TROUBLE = (KafkaError, OSError, TimeoutError)

Choose = Callable[[set[str]], Sequence[str]]
"""Picks topics from those that exist; may raise PlatformError."""

From = datetime | Literal["beginning", "now"]


class Following:
    """The records of some topics, on and on. `say` is told once when the broker goes away, and when it is back."""

    def __init__(self, bootstrap: str, start: From, say: Callable[[str], None]) -> None:
        silence_kafka()
        self._bootstrap = bootstrap
        self._start = start
        self._say = say
        self._away = False
        self._positions: dict[TopicPartition, int] = {}

    async def records(self, choose: Choose) -> AsyncGenerator[ConsumerRecord, None]:
        """Whatever comes; within a moment in the order of the log's clock."""
        while True:
            try:
                async with self._consumer() as consumer:
                    await self._take_place(consumer, choose)
                    async with aclosing(self._follow(consumer)) as records:
                        async for record in records:
                            yield record
            except TROUBLE:
                self._lost()
            except asyncio.CancelledError:
                if _told_to_stop():
                    raise
                self._lost()  # the client cancels its own questions when a connection breaks under them
            await asyncio.sleep(PAUSE)

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            **client(self._bootstrap),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=10_000,
            client_id="antar-tail",
        )
        try:
            async with asyncio.timeout(PATIENCE):
                await consumer.start()
            yield consumer
        finally:
            with suppress(*TROUBLE):
                async with asyncio.timeout(PATIENCE):
                    await consumer.stop()

    async def _take_place(self, consumer: AIOKafkaConsumer, choose: Choose) -> None:
        async with asyncio.timeout(2 * PATIENCE):
            if not self._positions:
                self._positions = await self._first(consumer, await self._partitions(choose))
            consumer.assign(list(self._positions))
            for partition, offset in self._positions.items():
                consumer.seek(partition, offset)
        self._found()

    async def _partitions(self, choose: Choose) -> list[TopicPartition]:
        admin = AIOKafkaAdminClient(**client(self._bootstrap))
        try:
            await admin.start()
            described = await admin.describe_topics(list(choose(set(await admin.list_topics()))))
        finally:
            await admin.close()
        return [TopicPartition(of["topic"], part["partition"]) for of in described for part in of["partitions"]]

    async def _first(
        self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
    ) -> dict[TopicPartition, int]:
        if self._start == "beginning":
            return dict(await consumer.beginning_offsets(partitions))
        ends = dict(await consumer.end_offsets(partitions))
        if isinstance(self._start, datetime):
            at = int(self._start.timestamp() * 1000)
            found = await consumer.offsets_for_times(dict.fromkeys(partitions, at))
            return ends | {partition: there.offset for partition, there in found.items() if there is not None}
        return ends

    async def _follow(self, consumer: AIOKafkaConsumer) -> AsyncGenerator[ConsumerRecord, None]:
        while True:
            polled = await consumer.getmany(timeout_ms=int(PROBE_EVERY * 1000), max_records=2000)
            if not polled:
                await self._probe(consumer)
            for record in sorted((r for of in polled.values() for r in of), key=lambda r: r.timestamp):
                self._positions[TopicPartition(record.topic, record.partition)] = record.offset + 1
                yield record

    async def _probe(self, consumer: AIOKafkaConsumer) -> None:
        # Silence may be a quiet night or a dead broker: the client itself does not say which.
        async with asyncio.timeout(PATIENCE):
            await consumer.end_offsets([next(iter(self._positions))])

    def _lost(self) -> None:
        if not self._away:
            self._say(f"The broker at {self._bootstrap} does not answer; waiting for it.")
        self._away = True

    def _found(self) -> None:
        if self._away:
            self._say(f"The broker at {self._bootstrap} is back.")
        self._away = False


def _told_to_stop() -> bool:
    task = asyncio.current_task()
    return task is None or bool(task.cancelling())


def among(wanted: Sequence[str], usual: Sequence[str]) -> Choose:
    """Picks the wanted topics, or the usual ones that exist.

    What it returns raises PlatformError when a wanted topic does not exist, or nothing usual does.
    """

    def choose(existing: set[str]) -> Sequence[str]:
        there = sorted(name for name in existing if not name.startswith("__"))
        for name in wanted:
            if name not in existing:
                raise PlatformError(f"There is no topic '{name}' on this broker, only: {', '.join(there) or 'none'}.")
        chosen = tuple(wanted) or tuple(name for name in usual if name in existing)
        if not chosen:
            raise PlatformError(f"None of Antar's topics is on this broker, only: {', '.join(there) or 'none'}.")
        return chosen

    return choose
