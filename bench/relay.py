"""The relay against the bare producer: what the outbox costs on the way to the log."""

from datetime import UTC, datetime

import asyncpg
from aiokafka import AIOKafkaProducer
from uuid_utils.compat import uuid7

from bench.pairs import Comparison, Stopwatch, compare
from shared.events import cloudevents
from shared.events.dispatch import DeliveryAssigned
from shared.events.partitions import partition_of
from shared.lock import SoleHolder
from shared.messaging.relay import BATCH_BYTES, WINDOW, Relay
from shared.messaging.transaction import Database

EVENTS = 50_000
TOPIC = "dispatch.delivery.v1"


def facts(count: int) -> list[DeliveryAssigned]:
    """So many facts, each of another application."""
    now = datetime.now(UTC)
    return [
        DeliveryAssigned(
            application_id=uuid7(), courier_badge="TKK-0001", kelurahan_code="32.75.01.1001", rw="001", assigned_at=now
        )
        for _ in range(count)
    ]


async def run(pool: asyncpg.Pool, dsn: str, bootstrap: str) -> Comparison:
    """Drain a full outbox; send the same records from memory."""
    relay = Relay(pool, bootstrap, "dispatch", SoleHolder(dsn, "dispatch-relay"))
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        max_batch_size=BATCH_BYTES,
        max_request_size=4 * BATCH_BYTES,
        linger_ms=0,
    )
    await producer.start()

    async def ours() -> float:
        async with Database(pool, "dispatch").transaction() as tx:
            tx.announce(*facts(EVENTS))
        await pool.execute("analyze outbox")
        with Stopwatch() as watch:
            await relay.drain()
        return watch.seconds

    async def bare() -> float:
        records = [_record(fact) for fact in facts(EVENTS)]
        with Stopwatch() as watch:
            for start in range(0, EVENTS, WINDOW):
                await _send(producer, records[start : start + WINDOW])
        return watch.seconds

    try:
        return await compare("relay", ours, "bare send_batch", bare, events=EVENTS, aim=0.5)
    finally:
        await relay.close()
        await producer.stop()


Raw = tuple[int, bytes, bytes, list[tuple[str, bytes]]]


def _record(fact: DeliveryAssigned) -> Raw:
    key, now = fact.key, datetime.now(UTC).isoformat()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = cloudevents.headers("dispatch", TOPIC, key.encode(), 1, str(uuid7()), "DeliveryAssigned", now, trace)
    return partition_of(key.encode(), 12), key.encode(), fact.write(), headers


async def _send(producer: AIOKafkaProducer, records: list[Raw]) -> None:
    batches = {}
    for partition, key, value, headers in records:
        batch = batches.setdefault(partition, producer.create_batch())
        batch.append(key=key, value=value, timestamp=None, headers=headers)
    under_way = []
    for partition, batch in batches.items():
        batch.close()
        under_way.append(await producer.send_batch(batch, TOPIC, partition=partition))
    for future in under_way:
        await future
