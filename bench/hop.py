"""A hop (consume, effect, announce, commit) against the same SQL alone: what the log and the guard cost."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import asyncpg
from aiokafka import AIOKafkaProducer
from faststream.kafka import KafkaBroker
from uuid_utils.compat import uuid7

from bench.pairs import Comparison, Stopwatch, compare
from bench.relay import EVENTS, TOPIC, facts
from bench.relay import _record as record
from bench.relay import _send as send
from shared.events.dispatch import DeliveryAssigned
from shared.events.notify import Channel, MessageSent, Milestone
from shared.messaging import Consumer, Received, Transaction
from shared.messaging.poll import Applier
from shared.messaging.subscription import Subscription
from shared.messaging.transaction import OUTBOX_COLUMNS, Database
from tests.harness import Log  # the bench borrows the tests' log writer

POLL = 500
_groups = itertools.count()
_now = datetime.now(UTC)


def _consumer() -> Consumer:
    consumer = Consumer("notify")

    @consumer.on_many(DeliveryAssigned)
    async def effect(events: Sequence[Received[DeliveryAssigned]], tx: Transaction) -> None:
        await tx.conn.execute("insert into effect select * from unnest($1::text[])", [e.key for e in events])
        tx.announce(
            *(
                MessageSent(
                    application_id=e.event.application_id,
                    message_id=uuid7(),
                    milestone=Milestone.READY,
                    channel=Channel.LOG,
                    sent_at=_now,
                )
                for e in events
            )
        )

    consumer.group = f"bench-{next(_groups)}"
    return consumer


async def run(pool: asyncpg.Pool, bootstrap: str) -> Comparison:
    """Consume a prepared topic; run the same statements from memory."""
    await pool.execute("create table if not exists effect (key text)")
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=1 << 20)
    await producer.start()

    async def ours() -> float:
        await pool.execute("truncate effect, outbox, stream_position, stream_version")
        broker = KafkaBroker(bootstrap, apply_types=False, logger=None)
        subscription = Subscription(broker, _consumer(), _Counting(pool), max_records=POLL)
        stopping = asyncio.Event()
        task = asyncio.create_task(subscription.run(stopping))
        async with asyncio.timeout(60):
            while not subscription.assigned:  # noqa: ASYNC110 - the group tells nobody
                await asyncio.sleep(0.05)
        records = [record(fact) for fact in facts(EVENTS)]
        # Let the join settle, then give all at once: what is timed is the hop, not the group's protocol.
        await asyncio.sleep(0.5)
        done = subscription._applier.expect(EVENTS)  # type: ignore[attr-defined]
        with Stopwatch() as writing:
            for start in range(0, EVENTS, 2000):
                await send(producer, records[start : start + 2000])
        with Stopwatch() as watch:
            await done
        stopping.set()
        await task
        return watch.seconds + writing.seconds

    async def bare() -> float:
        await pool.execute("truncate effect, outbox, stream_position, stream_version")
        events = [(fact.key, fact.write()) for fact in facts(EVENTS)]
        with Stopwatch() as watch:
            for start in range(0, EVENTS, POLL):
                await _same_sql(pool, events[start : start + POLL])
        return watch.seconds

    try:
        return await compare("hop", ours, "same SQL without Kafka", bare, events=EVENTS, aim=0.6)
    finally:
        await producer.stop()


class _Counting(Applier):
    """The applier, telling when it has seen as many records as expected."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(_consumer(), Database(pool, "notify"))
        self._left = -1

    def expect(self, count: int) -> "asyncio.Future[None]":
        self._left = count
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        return self._done

    async def apply(self, records) -> None:  # type: ignore[no-untyped-def]
        await super().apply(records)
        self._left -= len(records)
        if self._left == 0:
            self._done.set_result(None)


async def _same_sql(pool: asyncpg.Pool, events: Sequence[tuple[str, bytes]]) -> None:
    keys = sorted(key for key, _ in events)
    ones, zeros, many = [1] * len(keys), [0] * len(keys), [TOPIC] * len(keys)
    ids = [uuid7() for _ in keys]
    async with pool.acquire() as conn, conn.transaction():
        await conn.fetch(
            "select topic, key, version, event_id from stream_position"
            " where (topic, key) in (select * from unnest($1::text[], $2::text[]))",
            many,
            keys,
        )
        await conn.fetch(
            "insert into stream_position as p (topic, key, version, expected, event_id)"
            " select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[])"
            " on conflict (topic, key) do update set version = excluded.version, expected = excluded.expected"
            " where p.version = excluded.expected returning 1",
            many,
            keys,
            ones,
            zeros,
            ids,
        )
        await conn.execute("insert into effect select * from unnest($1::text[])", keys)
        await conn.fetch(
            "insert into stream_version as s (topic, key, version)"
            " select * from unnest($1::text[], $2::text[], $3::bigint[])"
            " on conflict (topic, key) do update set version = s.version + excluded.version"
            " returning topic, key, version",
            many,
            keys,
            ones,
        )
        await conn.copy_records_to_table(
            "outbox",
            records=[
                (TOPIC, key, 1, id_, "MessageSent", None, payload, _now)
                for id_, (key, payload) in zip(ids, events, strict=True)
            ],
            columns=OUTBOX_COLUMNS,
        )


async def sql_calls(dsn: str, events: int = POLL) -> float:
    """Statements per event of one poll with effect and announcement, begin, commit and COPY included."""
    counted: Counter[str] = Counter()
    log = Log()
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1, setup=_count_into(counted)) as own:
        applier = Applier(_consumer(), Database(own, "notify"))
        await applier.apply([log.record(fact) for fact in facts(events)])
    return (sum(counted.values()) + COPIES) / events


COPIES = 1
"""The copy into the outbox, which asyncpg does not report to its query loggers."""


def _count_into(counted: Counter[str]) -> Callable[[asyncpg.pool.PoolConnectionProxy], Awaitable[None]]:
    async def setup(conn: asyncpg.pool.PoolConnectionProxy) -> None:
        conn.add_query_logger(lambda record: counted.update([record.query.split()[0]]))

    return setup
