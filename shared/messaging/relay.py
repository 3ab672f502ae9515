"""The relay: brings what the outbox holds to the log, in order, and deletes exactly what the log acknowledged."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.events.catalogue import topics
from shared.messaging import cloudevents, metrics
from shared.messaging.lock import SoleHolder
from shared.messaging.partitions import partition_of

log = structlog.get_logger()

WINDOW = 2000
BATCH_BYTES = 1 << 20
SEND_SECONDS = 20.0
EAGER_SECONDS = 5.0
EAGER_PAUSE = 0.02
IDLE_PAUSE = 0.25

OLDEST = """
select id, topic, key, version, event_id::text as event_id, type, traceparent, payload, created_at
from outbox order by id limit $1
"""

Batches = dict[tuple[str, int], list[asyncpg.Record]]


class Relay:
    """One active per service, chosen by `lock`. Two at once would only make duplicates, which readers drop.

    Safe by three things: it reads the lowest ids, has at most one batch per partition under way, and
    deletes a row only after its batch was acknowledged. After any error the rows are still there and are
    sent again, in the same order, by a new producer.
    """

    def __init__(self, pool: asyncpg.Pool, bootstrap: str, owner: str, lock: SoleHolder) -> None:
        self._pool = pool
        self._bootstrap = bootstrap
        self._owner = owner
        self._lock = lock
        self._producer: AIOKafkaProducer | None = None
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something in the outbox now."""
        self._woken.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Relay until `stopping` is set, then send what is left and close."""
        failures, last_work = 0, 0.0
        while not stopping.is_set():
            self._woken.clear()
            sent = 0
            try:
                if await self._lock.held():
                    sent = await self.send_window()
                    failures = 0
            except (KafkaError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                failures += 1
                log.warning("relay_failed", error=type(error).__name__, failures=failures)
                await self._drop_producer()
            if sent:
                last_work = time.monotonic()
            if sent < WINDOW:
                await self._rest(failures, last_work)
        await self._finish()

    async def send_window(self) -> int:
        """Send the oldest rows, at most `WINDOW`; the number that was acknowledged and deleted.

        Raises:
            KafkaError | TimeoutError: some batch has an unknown fate; what was acknowledged is deleted all the same.
        """
        rows = await self._pool.fetch(OLDEST, WINDOW)
        if not rows:
            metrics.OUTBOX_AGE.labels(self._owner).set(0)
            return 0
        metrics.OUTBOX_AGE.labels(self._owner).set((datetime.now(UTC) - rows[0]["created_at"]).total_seconds())
        producer = await self.ready_producer()
        acknowledged, error = await self._send(producer, _by_partition(rows))
        if acknowledged:
            await self._pool.execute("delete from outbox where id = any($1::bigint[])", acknowledged)
            metrics.RELAYED.labels(self._owner).inc(len(acknowledged))
        if error:
            raise error
        return len(acknowledged)

    async def _send(self, producer: AIOKafkaProducer, batches: Batches) -> tuple[list[int], BaseException | None]:
        under_way: dict[asyncio.Future[object], list[int]] = {}
        for (topic, partition), rows in batches.items():
            batch = producer.create_batch()
            ids = _fill(batch, self._owner, rows)
            batch.close()
            under_way[await producer.send_batch(batch, topic, partition=partition)] = ids
        _, late = await asyncio.wait(under_way, timeout=SEND_SECONDS)
        acknowledged: list[int] = []
        error: BaseException | None = TimeoutError("no acknowledgement") if late else None
        for future, ids in under_way.items():
            if future in late:
                continue
            if future.exception() is None:
                acknowledged += ids
            else:
                error = future.exception()
        return acknowledged, error

    async def ready_producer(self) -> AIOKafkaProducer:
        """The producer at hand, or a new one after an error."""
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=f"{self._owner}-relay",
                acks="all",
                enable_idempotence=True,
                max_batch_size=BATCH_BYTES,
                max_request_size=4 * BATCH_BYTES,
                linger_ms=0,
                request_timeout_ms=10_000,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(5):
                    await producer.stop()

    async def _rest(self, failures: int, last_work: float) -> None:
        if failures:
            await asyncio.sleep(min(3.0, 0.1 * 2**failures) * random.uniform(0.5, 1))
            return
        pause = EAGER_PAUSE if time.monotonic() - last_work < EAGER_SECONDS else IDLE_PAUSE
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._woken.wait()

    async def _finish(self) -> None:
        with suppress(KafkaError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            async with asyncio.timeout(10):
                while await self._lock.held() and await self.send_window():
                    pass
        await self.close()

    async def close(self) -> None:
        """Close the producer and give up the lock."""
        await self._drop_producer()
        await self._lock.release()


def _by_partition(rows: Sequence[asyncpg.Record]) -> Batches:
    batches: Batches = defaultdict(list)
    declared = topics()
    for row in rows:
        topic = row[1]
        batches[topic, partition_of(row[2].encode(), declared[topic].partitions)].append(row)
    return batches


def _fill(batch: BatchBuilder, owner: str, rows: Sequence[asyncpg.Record]) -> list[int]:
    # A full batch ends here; its rest stays in the outbox and comes first in the next window.
    ids = []
    for id_, topic, key, version, event_id, type_, traceparent, payload, created_at in rows:
        time_, milliseconds = _times(created_at)
        raw_key = key.encode()
        headers = cloudevents.headers(owner, topic, raw_key, version, event_id, type_, time_, traceparent)
        if batch.append(key=raw_key, value=payload, timestamp=milliseconds, headers=headers) is None:
            break
        ids.append(id_)
    return ids


@lru_cache(maxsize=64)
def _times(created_at: datetime) -> tuple[str, int]:
    # All facts of a transaction share their moment.
    return created_at.isoformat(), int(created_at.timestamp() * 1000)
