"""How far a consumer group has read, asked of the log: for services that say how fresh what they show is."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupIdNotFound, KafkaError

from shared.events.catalogue import topics
from shared.kafka import client

NOT_ASKED = (KafkaError, OSError, TimeoutError)
"""What `ask` raises while the log is away."""

Offsets = Mapping[TopicPartition, int]


class Reach:
    """Compares what has been read with where the log ended, look by look.

    While much comes in, the end is always a little ahead. So what is asked is when the end of an earlier look was
    reached.
    """

    def __init__(self) -> None:
        self._aim: tuple[datetime, Offsets] | None = None

    def look(self, now: datetime, ends: Offsets, done: Offsets) -> datetime | None:
        """The moment up to which all is read, if that is known anew. `done` was asked for after `ends`."""
        if _reached(ends, done):
            self._aim = None
            return now
        if self._aim is None:
            self._aim = now, ends
            return None
        then, aim = self._aim
        if not _reached(aim, done):
            return None
        self._aim = now, ends
        return then


async def ask(kafka: str, group: str, heard: Iterable[str]) -> tuple[Offsets, Offsets]:
    """Where each partition of these topics ends, and up to where the group has committed it.

    Raises:
        KafkaError, OSError: the log does not answer.
    """
    partitions = [TopicPartition(name, number) for name in heard for number in range(topics()[name].partitions)]
    consumer = AIOKafkaConsumer(**client(kafka), enable_auto_commit=False)
    admin = AIOKafkaAdminClient(**client(kafka))
    try:
        await consumer.start()
        await admin.start()
        ends = await consumer.end_offsets(partitions)
        # What a compacted topic has thrown away needs no reading.
        starts = await consumer.beginning_offsets(partitions)
        committed = await committed_by(admin, group)
        return ends, {where: max(start, committed.get(where, 0)) for where, start in starts.items()}
    finally:
        await consumer.stop()
        await admin.close()


async def committed_by(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    """Up to where the group has committed each partition; nothing while it has not begun."""
    try:
        found = await admin.list_consumer_group_offsets(group)
    except GroupIdNotFound:
        return {}
    return {where: int(kept.offset) for where, kept in found.items()}


def _reached(ends: Offsets, done: Offsets) -> bool:
    return all(done.get(where, 0) >= end for where, end in ends.items())
