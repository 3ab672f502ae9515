"""The relay: brings what the outbox holds to the log, in order, and deletes exactly what the log acknowledged."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from itertools import chain

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared import tracing
from shared.events import cloudevents
from shared.events.catalogue import every_topic
from shared.events.partitions import partition_of
from shared.failpoints import failpoint
from shared.kafka import client
from shared.lock import SoleHolder
from shared.messaging import metrics
from shared.messaging.errors import is_transient
from shared.pulse import RELAY, Pulse

log = structlog.get_logger()

WINDOW = 2000
BATCH_BYTES = 1 << 20
SEND_SECONDS = 20.0
EAGER_SECONDS = 5.0
EAGER_PAUSE = 0.02
IDLE_PAUSE = 0.25

OLDEST = """
select id, topic, key, version, event_id::text as event_id, type, traceparent, payload, created_at
from outbox where id <> all ($2::bigint[]) order by id limit $1
"""
TROUBLE = (KafkaError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

Batches = dict[tuple[str, int], list[asyncpg.Record]]
UnderWay = dict[asyncio.Future[object], list[int]]
"""Batches that the log has not yet acknowledged, with the outbox ids they hold."""


class Relay:
    """One active per service, chosen by `lock`. Two at once would only make duplicates, which readers drop.

    Safe by three things: it reads the lowest ids, has at most one batch per partition under way, and
    deletes a row only after its batch was acknowledged. After any error the rows are still there and are
    sent again, in the same order, by a new producer.
    """

    failing = False
    """Whether the last try to send failed: what is announced waits."""

    def __init__(
        self, pool: asyncpg.Pool, bootstrap: str, owner: str, lock: SoleHolder, pulse: Pulse | None = None
    ) -> None:
        self._pool = pool
        self._pulse = pulse or Pulse()
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
            try:
                with self._pulse.at_work(RELAY):
                    if await self.drain():
                        last_work = time.monotonic()
                failures, self.failing = 0, False
            except Exception as error:
                if not _passes(error):
                    raise
                failures, self.failing = failures + 1, True
                log.warning("relay_failed", error=type(error).__name__, failures=failures)
                await self._drop_producer()
            await self._rest(failures, last_work)
        try:
            async with asyncio.timeout(10):
                await self.drain()
        except Exception as error:
            if not _passes(error):
                raise
        await self.close()

    async def drain(self) -> int:
        """Send windows until the outbox is empty or the lock is another's; the number of rows sent and deleted.

        While the log writes one window, the next is read and the last one deleted; the next is sent only
        when the one before it is acknowledged.

        Raises:
            KafkaError | TimeoutError: some batch has an unknown fate; what was acknowledged is deleted all the same.
        """
        sent = 0
        done: list[int] = []
        rows = await self._oldest([]) if await self._lock.held() else []
        try:
            while rows:
                sent_now = rows
                under_way = await self._submit(rows)
                # Only what is really under way: the rest of a full batch must come before what is younger.
                sending = list(chain(*under_way.values()))
                rows, _ = await asyncio.gather(self._oldest(sending + done), self._delete(done))
                self._pulse.alive(RELAY)
                done, error = await _acknowledged(under_way)
                sent += len(done)
                if tracing.spans is not None:
                    tracing.spans.sent(sent_now, done)
                if error:
                    raise error
                if not await self._lock.held():
                    break
        finally:
            await self._delete(done)
        return sent

    # Each step gives a sign of life before it: each may wait as long as a command may for a database that hangs.
    @failpoint("reading the outbox")
    async def _oldest(self, but: Sequence[int]) -> list[asyncpg.Record]:
        self._pulse.alive(RELAY)
        rows: list[asyncpg.Record] = await self._pool.fetch(OLDEST, WINDOW, but)
        return rows

    @failpoint("deleting")
    async def _delete(self, ids: Sequence[int]) -> None:
        if ids:
            self._pulse.alive(RELAY)
            await self._pool.execute("delete from outbox where id = any($1::bigint[])", ids)
            metrics.RELAYED.labels(self._owner).inc(len(ids))

    async def _submit(self, rows: Sequence[asyncpg.Record]) -> UnderWay:
        self._pulse.alive(RELAY)
        producer = await self.ready_producer()
        under_way: UnderWay = {}
        for (topic, partition), its_rows in _by_partition(rows).items():
            batch = producer.create_batch()
            ids = _fill(batch, self._owner, its_rows)
            batch.close()
            under_way[await _send(producer, batch, topic, partition)] = ids
        return under_way

    async def ready_producer(self) -> AIOKafkaProducer:
        """The producer at hand, or a new one after an error."""
        if self._producer is None:
            producer = AIOKafkaProducer(
                **client(self._bootstrap),
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
            with suppress(KafkaError, OSError, TimeoutError, RuntimeError):
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

    async def close(self) -> None:
        """Close the producer and give up the lock."""
        await self._drop_producer()
        await self._lock.release()


def _passes(error: Exception) -> bool:
    return isinstance(error, TROUBLE) or is_transient(error)


@failpoint("sending")
async def _send(producer: AIOKafkaProducer, batch: BatchBuilder, topic: str, partition: int) -> asyncio.Future[object]:
    future: asyncio.Future[object] = await producer.send_batch(batch, topic, partition=partition)
    return future


@failpoint("awaiting acknowledgement")
async def _acknowledged(under_way: UnderWay) -> tuple[list[int], BaseException | None]:
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


def _by_partition(rows: Sequence[asyncpg.Record]) -> Batches:
    batches: Batches = defaultdict(list)
    declared = every_topic()
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
