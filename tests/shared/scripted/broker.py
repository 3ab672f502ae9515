"""What a subscription has of the log: its membership in the group, and records when the script gives them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition

from shared.events.catalogue import topics
from tests.harness import Logged
from tests.shared.scripted.log import ScriptedLog

Step = Callable[[Any], Awaitable[Any]]


class ScriptedConsumer:
    """A membership in the group as its member sees it: partitions and positions, perhaps of yesterday."""

    def __init__(self, log: ScriptedLog, names: Sequence[str]) -> None:
        self._log = log
        self._all = [TopicPartition(name, n) for name in names for n in range(topics()[name].partitions)]
        self._positions: dict[TopicPartition, int] = {}

    def assign(self) -> set[TopicPartition]:
        """Become the owner of all partitions and go on where the group has committed."""
        self._positions = {partition: self._log.committed.get(partition, 0) for partition in self._all}
        self._log.give(self._all, self)
        return set(self._all)

    def unassign(self) -> None:
        """Own nothing any more."""
        self._positions.clear()

    def rewind(self) -> None:
        """Read all entries once more."""
        self._positions = dict.fromkeys(self._positions, 0)

    def take(self, limit: int) -> list[Logged]:
        """The next entries of our partitions; they count as read, not as committed."""
        taken: list[Logged] = []
        for partition in list(self._log.partitions):
            if partition in self._positions:
                found = self._log.read(partition, self._positions[partition], limit - len(taken))
                self._positions[partition] += len(found)
                taken += found
        return taken

    def assignment(self) -> set[TopicPartition]:
        """The partitions that are ours as far as we know."""
        return set(self._positions)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit offsets for the group; see ScriptedLog.commit."""
        self._log.commit(self, offsets)


class ScriptedBroker:
    """FastStream's place: a broker with one subscriber, which is the broker itself."""

    def __init__(self, log: ScriptedLog) -> None:
        self.consumer: ScriptedConsumer | None = None
        self.joined = asyncio.Event()
        self._log = log

    def subscriber(
        self, *names: str, parser: Step, decoder: Step, listener: ConsumerRebalanceListener, **settings: Any
    ) -> "ScriptedBroker":
        """Remember what a subscriber is made of."""
        self._names, self._parser, self._decoder, self._listener = names, parser, decoder, listener
        return self

    def __call__(self, poll: Step) -> None:
        self._poll = poll

    async def start(self) -> None:
        """Join the group, which gives all partitions to whoever joined last and does not tell the one before."""
        self.consumer = ScriptedConsumer(self._log, self._names)
        await self._listener.on_partitions_assigned(self.consumer.assign())
        self.joined.set()

    async def stop(self) -> None:
        """Leave the group."""
        self.consumer = None

    async def deliver(self, limit: int) -> int:
        """Give the next records, `limit` at most, to the subscription, and swallow its exceptions as FastStream does."""
        records = self.consumer.take(limit) if self.consumer else []
        if records:
            message = await self._parser(records)
            with suppress(Exception):
                await self._poll(await self._decoder(message))
        return len(records)

    async def rebalance(self) -> None:
        """Give up all partitions when told so, and get them back."""
        if self.consumer:
            await self._listener.on_partitions_revoked(self.consumer.assignment())
        if self.consumer:  # it may have left meanwhile
            self.consumer.unassign()
            await self._listener.on_partitions_assigned(self.consumer.assign())
