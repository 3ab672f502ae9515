"""Between FastStream and the applier: polls, offsets, retry in place, a clean stop."""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

from shared.failpoints import failpoint
from shared.messaging import metrics
from shared.messaging.consumer import Consumer
from shared.messaging.errors import ReleaseIsBadError, is_transient
from shared.messaging.hearing import Hearing
from shared.messaging.poll import Applier
from shared.pulse import POLL, Pulse

log = structlog.get_logger()

COMMIT_SECONDS = 1.0
REVOKE_SECONDS = 5.0
DRAIN_SECONDS = 5.0
COMMIT_PATIENCE = 10.0
MAX_PAUSE = 30.0
EXIT_SOFTWARE = 70


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]
    """Feeds a consumer from the log: at-least-once from Kafka, exactly-once by the applier.

    Anything unforeseen ends the process (exit 70): FastStream would log it, go on, and the next commit
    would skip what was not applied.
    """

    def __init__(
        self,
        broker: KafkaBroker,
        consumer: Consumer,
        applier: Applier,
        max_records: int,
        die: Callable[[int], None] = os._exit,
        pulse: Pulse | None = None,
    ) -> None:
        self._broker = broker
        self._die = die
        self._pulse = pulse or Pulse()
        self._group = consumer.group
        self._applier = applier
        self._stopping = asyncio.Event()
        self._polling = asyncio.Lock()
        self._done: dict[TopicPartition, int] = {}
        self._stopped: frozenset[str] = frozenset()
        self._hearing = Hearing()
        self._subscriber = broker.subscriber(
            *consumer.topics,
            group_id=consumer.group,
            batch=True,
            max_records=max_records,
            batch_timeout_ms=20,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            # By range: partition n of every topic goes to one member, so an application's facts meet in one process.
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=6_000,
            heartbeat_interval_ms=2_000,
            max_poll_interval_ms=600_000,
            listener=self,
            parser=_parse,
            decoder=_decode,
        )
        self._subscriber(self._poll)

    async def run(self, stopping: asyncio.Event) -> None:
        """Consume until `stopping` is set; then finish the poll at hand, commit and leave the group."""
        await self._start(stopping)
        async with asyncio.TaskGroup() as tasks:
            ticker = tasks.create_task(self._tick())
            await stopping.wait()
            self._stopping.set()
            async with self._polling:
                ticker.cancel()
            await self._commit()
        try:
            async with asyncio.timeout(5):
                await self._broker.stop()
        except Exception as error:
            # Everything is done and committed; what fails now, one error or a group of them, changes nothing.
            log.warning("log_left_in_a_hurry", error=type(error).__name__)

    @property
    def assigned(self) -> bool:
        """Whether the group has given this process its share."""
        consumer = self._consumer
        return consumer is not None and bool(consumer.assignment())

    @property
    def _consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer

    async def lag(self) -> dict[str, int]:
        """How many events of each topic lie behind the committed offsets of this process's share.

        Raises:
            KafkaError, OSError, TimeoutError: the log does not answer.
        """
        consumer, behind = self._consumer, Counter[str]()
        if consumer is None or not (ours := list(consumer.assignment())):
            return behind
        ends = await consumer.end_offsets(ours)
        # In one question; the client's own method asks for each partition anew.
        done = await consumer._coordinator.fetch_committed_offsets(ours)
        for tp, end in ends.items():
            behind[tp.topic] += max(0, end - (done[tp].offset if tp in done else 0))
        return behind

    async def _start(self, stopping: asyncio.Event) -> None:
        pause = 0.2
        while not stopping.is_set():
            try:
                await self._broker.start()
                return
            except (KafkaError, OSError, TimeoutError) as error:
                # It raises while the log is down; an outage at start is an outage like any other.
                log.warning("log_unreachable", error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(5.0, pause * 2)

    async def _poll(self, records: Sequence[ConsumerRecord]) -> None:
        try:
            async with self._polling:
                if self._stopping.is_set():
                    return
                with self._pulse.at_work(POLL):
                    stopped = await self._apply_until_done(records)
                if stopped is None:
                    return
                self._stopped |= stopped
                self._hearing.alive()
                for record in records:
                    # What a stopped stream brings is not done: it stays on the log until a person has decided. Nor is
                    # what comes once it goes on: to commit that would skip what was left alone before.
                    if record.topic not in self._stopped:
                        self._done[TopicPartition(record.topic, record.partition)] = record.offset + 1
        except ReleaseIsBadError as error:
            log.critical("release_is_bad", reason=str(error))
            self._die(EXIT_SOFTWARE)
        except Exception:
            log.critical("poll_failed", exc_info=True)
            self._die(EXIT_SOFTWARE)

    async def _apply_until_done(self, records: Sequence[ConsumerRecord]) -> frozenset[str] | None:
        attempt = 0
        while not self._stopping.is_set():
            try:
                return await self._applier.apply(records)
            except Exception as error:
                if not is_transient(error):
                    raise
                attempt += 1
                self._hearing.alive()
                metrics.RETRIES.labels(self._group, type(error).__name__).inc()
                log.warning("poll_retried", error=type(error).__name__, attempt=attempt)
            pause = random.uniform(0, min(MAX_PAUSE, 0.1 * 2 ** min(attempt, 10)))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
        return None  # stopped before it was applied: not done, so not committed

    async def _tick(self) -> None:
        first, drained = True, 0.0
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            await self._commit()
            if time.monotonic() - drained > DRAIN_SECONDS:
                first = not await self._drain(first=first) and first
                drained = time.monotonic()
            await self._watch()

    async def _drain(self, *, first: bool) -> bool:
        """Whether it came to its end; the first one tries refused records too."""
        try:
            async with self._polling:
                with self._pulse.at_work(POLL):
                    if first:
                        await self._applier.retry_refused()
                    moved = await self._applier.drain()
                self._hearing.alive()  # a long one held up the polls
                if self._stopped - await self._applier.stopped():
                    # Read again from the committed offset, which a fresh start does by itself.
                    log.critical("stream_resumed")
                    self._die(EXIT_SOFTWARE)
            if moved:
                log.info("parked_applied", count=moved)
            return True
        except Exception as error:
            if not is_transient(error):
                log.critical("drain_failed", exc_info=True)
                self._die(EXIT_SOFTWARE)
            log.warning("drain_retried", error=type(error).__name__)
            return False

    @failpoint("committing offsets")
    async def _commit(self) -> None:
        consumer = self._consumer
        if consumer is None:
            return
        # One partition that is not ours any more would make the log refuse the others as well.
        ours = consumer.assignment()
        done, self._done = {tp: offset for tp, offset in self._done.items() if tp in ours}, {}
        if not done:
            return
        try:
            async with asyncio.timeout(COMMIT_PATIENCE):
                await consumer.commit(done)
        except (KafkaError, OSError, TimeoutError, RuntimeError) as error:
            # Said again next time, or a quiet topic would look unread for ever. Lost, it costs duplicates only.
            self._done = done | self._done
            log.warning("commit_failed", error=type(error).__name__)

    async def _watch(self) -> None:
        if self._consumer is not None and await self._hearing.lost(self._consumer):
            # Its heartbeats would go on, so that nobody else gets its share.
            log.critical("consumer_deaf")
            self._die(EXIT_SOFTWARE)

    @failpoint("giving partitions up")
    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002 - aiokafka's signature
        """Finish the poll at hand if it is quick, so that the next owner finds its offsets committed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REVOKE_SECONDS):
                async with self._polling:
                    await self._commit()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:  # noqa: ARG002 - the same
        """Positions are in the database; offsets kept from before may be behind what another has committed since."""
        self._done.clear()


async def _parse(records: Sequence[ConsumerRecord]) -> KafkaMessage:
    # FastStream's own batch parser decodes every header as UTF-8; one that is not would silently drop the whole poll.
    return KafkaMessage(body=records, raw_message=tuple(records), headers={}, consumer=None)  # type: ignore[arg-type]


async def _decode(message: KafkaMessage) -> object:
    return message.raw_message
