"""Puts records back onto empty topics: each into its partition, in its order, with the moment and headers it had."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.kafka import client
from tools.backup.entries import Entry
from tools.errors import PlatformError

_BATCH: Final = 1 << 20
_LARGEST: Final = 16 << 20
"""Bytes; more than any broker of ours takes, so that it is the broker who says so."""


class Writer:
    """One batch for each partition is under way at most, so that none overtakes another."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._filling: dict[TopicPartition, BatchBuilder] = {}
        self._under_way: dict[TopicPartition, asyncio.Future[object]] = {}

    async def put(self, topic: str, entries: Iterable[Entry]) -> None:
        """These come next."""
        for entry in entries:
            at = TopicPartition(topic, entry.partition)
            if not self._appended(at, entry):
                await self._send(at)
                if not self._appended(at, entry):
                    raise PlatformError(f"A record of {topic} is too large for a batch.")

    def _appended(self, at: TopicPartition, entry: Entry) -> bool:
        batch = self._filling.get(at) or self._filling.setdefault(at, self._producer.create_batch())
        done = batch.append(key=entry.key, value=entry.value, timestamp=entry.timestamp, headers=list(entry.headers))
        return done is not None

    async def _send(self, at: TopicPartition) -> None:
        if earlier := self._under_way.pop(at, None):
            await earlier
        batch = self._filling.pop(at)
        batch.close()
        self._under_way[at] = await self._producer.send_batch(batch, at.topic, partition=at.partition)

    async def flush(self) -> None:
        """All are on the log when it returns."""
        for at in list(self._filling):
            await self._send(at)
        await asyncio.gather(*self._under_way.values())
        self._under_way.clear()


@asynccontextmanager
async def writer(address: str) -> AsyncIterator[Writer]:
    """Writes to the broker at `address`; all is there when the context ends.

    Raises:
        PlatformError: the broker did not take something.
    """
    producer = AIOKafkaProducer(
        **client(address),
        client_id="antar-backup",
        acks="all",
        enable_idempotence=True,
        max_batch_size=_BATCH,
        max_request_size=_LARGEST,
        request_timeout_ms=30_000,
    )
    try:
        await producer.start()
        made = Writer(producer)
        yield made
        await made.flush()
    except (KafkaError, OSError, TimeoutError) as failure:
        raise PlatformError(f"The broker did not take a record ({type(failure).__name__}).") from None
    finally:
        await producer.stop()
