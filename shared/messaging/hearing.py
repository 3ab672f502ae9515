"""Whether a process still hears the log: a client that has died inside goes on saying that it is alive."""

import asyncio
import time

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

STUCK_SECONDS = 60.0
PATIENCE = 5.0


class Hearing:
    """Told at each sign of work, and asked once a second."""

    def __init__(self) -> None:
        self._alive = self._looked = time.monotonic()
        self._behind: dict[TopicPartition, int] = {}

    def alive(self) -> None:
        """Something was heard just now, or is being worked at."""
        self._alive = time.monotonic()

    async def lost(self, consumer: AIOKafkaConsumer) -> bool:
        """Whether its own tasks have ended, or it stands where it stood a look ago though there is more to read."""
        now = time.monotonic()
        if _dead_inside(consumer):
            return True
        if now - max(self._alive, self._looked) < STUCK_SECONDS:
            return False
        before, self._looked, self._behind = self._behind, now, await _behind(consumer)
        return any(before.get(tp) == position for tp, position in self._behind.items())


def _dead_inside(consumer: AIOKafkaConsumer) -> bool:
    # An error that is none of aiokafka's own, such as uvloop's RuntimeError for a connection that was reset a moment
    # ago, ends these tasks for good. They say so in their log, and to nobody else.
    tasks = (consumer._fetcher._fetch_task, consumer._coordinator._coordination_task, consumer._client._sync_task)
    return any(task.done() for task in tasks)


async def _behind(consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
    """Where it stands in those of its partitions that have more; empty while the log is away or the group is formed.

    The log is asked: what the client knows of its ends comes with the records, so not at all when none come.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            ends = await consumer.end_offsets(list(consumer.assignment()))
            positions = {tp: await consumer.position(tp) for tp in ends}
    except (KafkaError, OSError, TimeoutError, RuntimeError):
        return {}
    return {tp: position for tp, position in positions.items() if position < ends[tp]}
