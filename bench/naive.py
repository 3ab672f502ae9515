"""The hop against the two ways in which it is usually written: message by message, and in batches by hand."""

import asyncio
from datetime import UTC, datetime

import asyncpg
from aiokafka import AIOKafkaConsumer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from uuid_utils import uuid7

from bench.facts import TOPIC, FullLog, facts, full_log, sent
from bench.figures import Figure
from bench.ground import EMPTY, Ground
from bench.pairs import Stopwatch, compare
from bench.plain import plain, transaction
from bench.progress import Progress
from bench.reading import POLL, new_group, read, reader
from shared.events.dispatch import DeliveryAssigned
from shared.events.notify import MESSAGE

EVENTS, ITS_EVENTS = 30_000, 3_000

INTO_OUTBOX = """
insert into outbox (topic, key, version, event_id, type, payload, created_at) values ($1, $2, 1, $3, $4, $5, $6)
"""


async def run(ground: Ground) -> list[Figure]:
    """One full log for all; the first peer reads only its beginning, since all of it would take too long."""
    log = await full_log(ground.bootstrap, facts(ground.size(EVENTS)))
    few = FullLog(log.bootstrap, ground.size(ITS_EVENTS), log.start)
    async with ground.consumer_pool() as pool:

        async def ours() -> float:
            return (await read(ground, pool, reader(), log)).rate

        async def one_by_one() -> float:
            return await _by_message(pool, few)

        async def in_batches() -> float:
            return await _by_hand(pool, log)

        repeats, about = ground.repeats, f"{log.events:,} events"
        first = f"{log.events:,} / {few.events:,} events"
        return [
            await compare("hop", ours, "FastStream by message", one_by_one, repeats=repeats, about=first),
            await compare("hop", ours, "getmany by hand", in_batches, repeats=repeats, about=about),
        ]


async def _by_message(pool: asyncpg.Pool, log: FullLog) -> float:
    """A handler, a transaction and a committed offset for each message; nothing keeps duplicates out."""
    group, progress = await _fresh(pool, log), Progress(log.events, Stopwatch())
    broker = KafkaBroker(log.bootstrap, logger=None)

    @broker.subscriber(TOPIC, group_id=group, auto_offset_reset="earliest", ack_policy=AckPolicy.ACK)
    async def handle(event: DeliveryAssigned) -> None:
        progress.begin()
        async with pool.acquire() as conn, conn.transaction():
            await conn.execute("insert into effect (key) values ($1)", event.key)
            said = sent(event)
            now = datetime.now(UTC)
            await conn.execute(INTO_OUTBOX, MESSAGE.topic, said.key, uuid7(), "MessageSent", said.write(), now)
        progress.add(1)

    await broker.start()
    try:
        await progress.finished()
    finally:
        await broker.stop()
    return progress.rate


async def _by_hand(pool: asyncpg.Pool, log: FullLog) -> float:
    """aiokafka's own batches and the same transaction; offsets are committed in the background, done or not."""
    group, progress = await _fresh(pool, log), Progress(log.events, Stopwatch())
    consumer = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=log.bootstrap, group_id=group, auto_offset_reset="earliest", enable_auto_commit=True
    )
    async with consumer, asyncio.TaskGroup() as tasks:
        loop = tasks.create_task(_consume(consumer, pool, progress))
        await progress.finished()
        loop.cancel()
    return progress.rate


async def _consume(consumer: AIOKafkaConsumer, pool: asyncpg.Pool, progress: Progress) -> None:
    while True:
        batches = await consumer.getmany(timeout_ms=20, max_records=POLL)
        events = [plain(r.key, r.value, r.headers) for records in batches.values() for r in records]
        if events:
            progress.begin()
            await transaction(pool, events)
            progress.add(len(events))


async def _fresh(pool: asyncpg.Pool, log: FullLog) -> str:
    await pool.execute(EMPTY)
    group = new_group()
    await log.hand_to(group)
    return group
