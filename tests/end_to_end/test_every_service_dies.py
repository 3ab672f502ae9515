"""Every service may die before its transaction or between it and the offset; the log brings the events again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from copy import copy
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream.kafka import KafkaBroker
from uuid_utils.compat import uuid7

from shared import topics
from shared.events.catalogue import topics as declared
from shared.messaging.poll import Applier
from shared.messaging.subscription import Subscription
from shared.packages import known
from tests.conftest import Harness
from tests.contracts.test_every_subscriber import everything_heard, state
from tests.harness import ServiceUnderTest
from tests.platform import Platform
from tests.shared.test_subscription import eventually, write

Offsets = dict[TopicPartition, int]


class Member:
    """A service in a consumer group of its own, which has read all that other tests wrote."""

    def __init__(self, service: ServiceUnderTest, bootstrap: str) -> None:
        self.consumer = copy(service.parts.consumer)
        self.consumer.group = f"{self.consumer.group}-{uuid7()}"
        self.applier = Applier(self.consumer, service.db)
        self._bootstrap = bootstrap
        self._partitions = [TopicPartition(t, n) for t in self.consumer.topics for n in range(declared()[t].partitions)]

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Any]:
        async with AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, group_id=self.consumer.group, enable_auto_commit=False
        ) as client:
            client.assign(self._partitions)
            yield client

    async def begin_at_the_end(self) -> None:
        async with self._client() as client:
            await client.commit(await client.end_offsets(self._partitions))

    async def offsets(self) -> Offsets:
        async with self._client() as client:
            return {tp: await client.committed(tp) for tp in self._partitions}

    async def end(self) -> Offsets:
        async with self._client() as client:
            offsets: Offsets = await client.end_offsets(self._partitions)
            return offsets

    @asynccontextmanager
    async def running(self, *, to_die: bool) -> AsyncIterator[None]:
        """Its consumer as the service runs it; ends as if killed when it is `to_die`, else cleanly."""
        broker = KafkaBroker(self._bootstrap, apply_types=False, logger=None, graceful_timeout=0.1)
        subscription = Subscription(broker, self.consumer, self.applier, max_records=500)
        stopping = asyncio.Event()
        task = asyncio.create_task(subscription.run(stopping))
        try:
            yield
        finally:
            stopping.set() if not to_die else task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await broker.stop()


@pytest.fixture
async def bootstrap(platform: Platform) -> str:
    await topics.apply(platform.bootstrap)
    return platform.bootstrap


@pytest.mark.parametrize("name", known())
async def test_a_service_that_dies_before_or_after_its_transaction_loses_nothing_and_doubles_nothing(
    harness: Harness, bootstrap: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    service = await harness(name)
    member = Member(service, bootstrap)
    await member.begin_at_the_end()
    empty, start = await state(service), await member.offsets()
    reached = asyncio.Event()

    async def stands_still(*_: Any) -> None:
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as before_its_transaction:
        before_its_transaction.setattr(member.applier, "apply", stands_still)
        async with member.running(to_die=True):
            await write(bootstrap, service.misses(*everything_heard(name)))
            await asyncio.wait_for(reached.wait(), 20)
    assert (await state(service), await member.offsets()) == (empty, start)

    with monkeypatch.context() as before_its_offsets:
        before_its_offsets.setattr(AIOKafkaConsumer, "commit", stands_still)
        async with member.running(to_die=True):
            await eventually(lambda: all_applied(service, member.consumer.topics))
    applied = await state(service)
    assert await member.offsets() == start

    async with member.running(to_die=False):
        await eventually(lambda: all_read(member))
    assert await state(service) == applied
    assert await service.parked() == []


async def all_applied(service: ServiceUnderTest, heard: Sequence[str]) -> bool:
    found = await service.rows("select distinct topic from stream_position")
    return {topic for (topic,) in found} == set(heard)


async def all_read(member: Member) -> bool:
    return await member.offsets() == await member.end()
