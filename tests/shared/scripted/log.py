"""A log in memory: it keeps, loses, delays and disorders what it is sent, as it is told."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Literal

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, RequestTimedOutError

from tests.harness import Logged

Fate = Literal["kept", "lost", "unknown", "late"]
"""Of a batch: written and acknowledged; neither; written but not acknowledged; neither, and written later."""


class ScriptedLog:
    """Entries by partition and the offsets of one consumer group: what outlives every process.

    `arrived` keeps the order in which the entries came, whatever `disorder` does to them afterwards.
    """

    def __init__(self) -> None:
        self.partitions: dict[TopicPartition, list[Logged]] = defaultdict(list)
        self.arrived: list[Logged] = []
        self.committed: dict[TopicPartition, int] = {}
        self.fates: deque[Fate] = deque()
        self.refuse_commits = 0
        self._owner: dict[TopicPartition, object] = {}
        self._read: dict[TopicPartition, int] = defaultdict(int)
        self._late: list[tuple[TopicPartition, list[Logged]]] = []

    def write(self, partition: TopicPartition, batch: Sequence[Mapping[str, Any]]) -> BaseException | None:
        """Write a batch as the next of `fates` says; returns the error its sender gets, if any."""
        fate = self.fates.popleft() if self.fates else "kept"
        entries = [Logged(partition.topic, partition.partition, -1, **fields) for fields in batch]
        if fate in ("kept", "unknown"):
            self._append(partition, entries)
            self.let_late_ones_arrive()
        elif fate == "late":
            self._late.append((partition, entries))
        return None if fate == "kept" else RequestTimedOutError()

    def let_late_ones_arrive(self) -> None:
        """Batches that were given up by their sender reach the log after all."""
        late, self._late = self._late, []
        for partition, entries in late:
            self._append(partition, entries)

    def heal(self) -> None:
        """From now on everything goes well."""
        self.refuse_commits = 0
        self.fates.clear()
        self.let_late_ones_arrive()

    def _append(self, partition: TopicPartition, entries: Sequence[Logged]) -> None:
        there = self.partitions[partition]
        placed = [replace(entry, offset=len(there) + n) for n, entry in enumerate(entries)]
        there += placed
        self.arrived += placed

    def disorder(self, random: Random, *, within_key: bool) -> None:
        """Swap two entries of a partition that nobody has read, if there are: of one key, or of different keys."""
        pairs = [
            (there, one, other)
            for partition, there in self.partitions.items()
            for one in range(self._read[partition], len(there))
            for other in range(one + 1, len(there))
            if (there[one].key == there[other].key) is within_key
        ]
        if pairs:
            there, one, other = random.choice(pairs)
            there[one], there[other] = replace(there[other], offset=one), replace(there[one], offset=other)

    def read(self, partition: TopicPartition, position: int, limit: int) -> list[Logged]:
        """Entries from a position on."""
        found = self.partitions[partition][position : position + limit]
        self._read[partition] = max(self._read[partition], position + len(found))
        return found

    def give(self, partitions: Iterable[TopicPartition], member: object) -> None:
        """Make a member of the group the owner of partitions; the former owner is not told."""
        self._owner.update(dict.fromkeys(partitions, member))

    def commit(self, member: object, offsets: Mapping[TopicPartition, int]) -> None:
        """Keep offsets of the group.

        Raises:
            KafkaError: the member is not the owner any more, or the log has been told to refuse.
        """
        if self.refuse_commits:
            self.refuse_commits -= 1
            raise RequestTimedOutError
        if any(self._owner.get(partition) is not member for partition in offsets):
            raise CommitFailedError
        self.committed.update(offsets)

    def lag(self, names: Sequence[str]) -> int:
        """How many entries of some topics the group has not committed."""
        ends = {partition: len(there) for partition, there in self.partitions.items() if partition.topic in names}
        return sum(end - self.committed.get(partition, 0) for partition, end in ends.items())


class ScriptedBatch:
    """A record batch of the producer; it takes `capacity` records."""

    def __init__(self, capacity: int) -> None:
        self.records: list[dict[str, Any]] = []
        self._capacity = capacity

    def append(self, *, key: bytes, value: bytes | None, timestamp: int, headers: list[tuple[str, bytes]]) -> Any:
        """Add a record; None when there is no room."""
        if len(self.records) == self._capacity:
            return None
        self.records.append({"key": key, "value": value, "headers": headers})
        return self.records[-1]

    def close(self) -> None:
        """Nothing more comes."""


class ScriptedProducer:
    """What the relay sends with. After an error it is of no use any more, as an idempotent producer is."""

    def __init__(self, log: ScriptedLog, capacity: int) -> None:
        self._log = log
        self._capacity = capacity
        self.broken = False

    def create_batch(self) -> ScriptedBatch:
        """An empty batch."""
        return ScriptedBatch(self._capacity)

    async def send_batch(self, batch: ScriptedBatch, topic: str, *, partition: int) -> asyncio.Future[None]:
        """Send a batch; the future ends with its acknowledgement or its error."""
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        error = self._log.write(TopicPartition(topic, partition), batch.records)
        if error is None:
            acknowledged.set_result(None)
        else:
            self.broken = True
            acknowledged.set_exception(error)
            acknowledged.exception()  # seen: a process that is killed here never asks
        return acknowledged
