"""What the log says of one writer's history: which event holds each version, and which came too late for theirs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.events.catalogue import topics
from shared.events.cloudevents import Incoming, UnreadableError, read
from shared.kafka import client

Aggregate = tuple[str, str]
"""(topic, key)"""


class Displaced(NamedTuple):
    """An event whose version another one already holds: it was said after the writer's database had been put back."""

    aggregate: Aggregate
    event_id: UUID
    type: str
    traceparent: str | None
    payload: bytes | None
    time: datetime

    @property
    def again(self) -> UUID:
        """The id under which it is said again; always the same, so that it happens once."""
        return uuid5(self.event_id, "said again")


@dataclass(slots=True)
class History:
    """The topics of one service from the beginning."""

    last: dict[Aggregate, int] = field(default_factory=dict)
    holders: dict[tuple[str, str, int], UUID] = field(default_factory=dict)
    displaced: dict[UUID, Displaced] = field(default_factory=dict)
    ids: set[UUID] = field(default_factory=set)
    newest: dict[Aggregate, UUID] = field(default_factory=dict)

    def take(self, records: Iterable[ConsumerRecord]) -> None:
        """Records of one partition, in order; one without a readable envelope is nobody's history."""
        for record in records:
            try:
                self._take(read(record))
            except UnreadableError:
                continue

    def _take(self, incoming: Incoming) -> None:
        place = (*incoming.aggregate, incoming.version)
        holder = self.holders.setdefault(place, incoming.event_id)
        self.ids.add(incoming.event_id)
        self.newest[incoming.aggregate] = incoming.event_id
        self.last[incoming.aggregate] = max(incoming.version, self.last.get(incoming.aggregate, 0))
        if holder != incoming.event_id:
            self.displaced[incoming.event_id] = Displaced(
                incoming.aggregate,
                incoming.event_id,
                incoming.type,
                incoming.traceparent,
                incoming.data,
                incoming.time,
            )

    def unsaid(self) -> list[Displaced]:
        """Displaced events that do not stand on the log a second time, in the order they were said.

        A state that a later one has replaced is not wanted any more.
        """
        return [
            event
            for event in self.displaced.values()
            if event.again not in self.ids
            and (topics()[event.aggregate[0]].kind == "facts" or self.newest[event.aggregate] == event.event_id)
        ]


async def read_history(bootstrap: str, service: str) -> History:
    """Everything on the topics that `service` writes, up to their present ends.

    Raises:
        KafkaError: the broker is out of reach, or a topic does not exist.
    """
    partitions = [
        TopicPartition(topic.name, n)
        for topic in topics().values()
        if topic.owner == service
        for n in range(topic.partitions)
    ]
    consumer = AIOKafkaConsumer(**client(bootstrap), enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        await consumer.start()
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        history = History()
        while open_ := [p for p in partitions if await consumer.position(p) < ends[p]]:
            for records in (await consumer.getmany(*open_, timeout_ms=1000, max_records=5000)).values():
                history.take(records)
        return history
    finally:
        await consumer.stop()
