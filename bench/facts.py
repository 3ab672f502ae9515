"""The facts that the bench sends: realistic events, as records of the log, and a log that is full of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from uuid_utils.compat import uuid7

from shared.events import cloudevents
from shared.events.base import Event
from shared.events.catalogue import topics
from shared.events.dispatch import DELIVERY, DeliveryAssigned
from shared.events.notify import Channel, MessageSent, Milestone
from shared.events.partitions import partition_of
from shared.messaging.relay import BATCH_BYTES, WINDOW

TOPIC = DELIVERY.topic
ORDINARY, UNWANTED = "TKK-0001", "TKK-9999"

Raw = tuple[int, bytes, bytes, list[tuple[str, bytes]]]
"""Partition, key, value, headers."""

_NOW = datetime.now(UTC)


def assigned(badge: str = ORDINARY) -> DeliveryAssigned:
    """A delivery of an application that nobody has heard of before."""
    return DeliveryAssigned(
        application_id=uuid7(), courier_badge=badge, kelurahan_code="32.75.01.1001", rw="001", assigned_at=_NOW
    )


def facts(count: int) -> list[DeliveryAssigned]:
    """So many facts, each of another application; every hundredth names a badge that a row may refuse."""
    return [assigned(UNWANTED if n % 100 == 50 else ORDINARY) for n in range(count)]


def sent(cause: DeliveryAssigned) -> MessageSent:
    """What is announced when a delivery is heard of."""
    return MessageSent(
        application_id=cause.application_id,
        message_id=uuid7(),
        milestone=Milestone.READY,
        channel=Channel.LOG,
        sent_at=_NOW,
    )


def record(fact: Event, version: int = 1) -> Raw:
    """The fact as its owner's relay writes it."""
    declared, key = fact.stream.declaration, fact.key.encode()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = cloudevents.headers(
        declared.owner, declared.name, key, version, str(uuid7()), type(fact).__name__, _NOW.isoformat(), trace
    )
    return partition_of(key, declared.partitions), key, fact.write(), headers


@asynccontextmanager
async def bare_producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """aiokafka's producer with the settings of the relay."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        max_batch_size=BATCH_BYTES,
        max_request_size=4 * BATCH_BYTES,
        linger_ms=0,
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def send(producer: AIOKafkaProducer, topic: str, records: Sequence[Raw]) -> None:
    """Write records in windows as large as the relay's, one batch per partition, each window acknowledged."""
    for start in range(0, len(records), WINDOW):
        await _send_window(producer, topic, records[start : start + WINDOW])


async def _send_window(producer: AIOKafkaProducer, topic: str, records: Sequence[Raw]) -> None:
    batches: dict[int, BatchBuilder] = {}
    for partition, key, value, headers in records:
        batch = batches.setdefault(partition, producer.create_batch())
        batch.append(key=key, value=value, timestamp=None, headers=headers)
    under_way = []
    for partition, batch in batches.items():
        batch.close()
        under_way.append(await producer.send_batch(batch, topic, partition=partition))
    for future in under_way:
        await future


@dataclass(frozen=True)
class FullLog:
    """A topic that holds `events` facts from `start` on, as often as somebody wants to read them."""

    bootstrap: str
    events: int
    start: dict[TopicPartition, int]

    async def hand_to(self, group: str) -> None:
        """Let a new consumer group begin with the first of them."""
        await begin(self.bootstrap, group, self.start)


async def full_log(bootstrap: str, events: Sequence[DeliveryAssigned]) -> FullLog:
    """Write the facts; what stood on the topic before is not part of it."""
    start = await ends(bootstrap, [TOPIC])
    async with bare_producer(bootstrap) as producer:
        await send(producer, TOPIC, [record(fact) for fact in events])
    return FullLog(bootstrap, len(events), start)


async def ends(bootstrap: str, names: Sequence[str]) -> dict[TopicPartition, int]:
    """Where the topics end now."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        everywhere = [TopicPartition(name, n) for name in names for n in range(topics()[name].partitions)]
        offsets: dict[TopicPartition, int] = await consumer.end_offsets(everywhere)
        return offsets


async def begin(bootstrap: str, group: str, start: dict[TopicPartition, int]) -> None:
    """Commit these offsets for a group that nobody is in."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False) as consumer:
        consumer.assign(list(start))
        await consumer.commit(start)
