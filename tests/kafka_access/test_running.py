"""A service runs with its own user alone: it announces, reads, parks, asks how far it is; and the operator looks on."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError
from uuid_utils.compat import uuid7

from shared import kafka, reach
from shared.events.catalogue import parked_topic
from shared.lock import SoleHolder
from shared.messaging.relay import Relay
from shared.messaging.subscription import Subscription
from shared.messaging.transaction import Database
from tests.kafka_access.conftest import Installation
from tests.shared.conftest import Reader, assigned, reader
from tests.shared.test_poll import refusing
from tests.shared.test_subscription import eventually
from tests.tools.conftest import antar

__all__ = ["reader"]  # a fixture, used by name

TOPIC = "dispatch.delivery.v1"


@asynccontextmanager
async def relaying(reader: Reader, installation: Installation, owner: str) -> AsyncIterator[Relay]:
    """The relay of a service, which comes as that service."""
    relay = Relay(reader.pool, installation.address(owner), owner, SoleHolder(reader.dsn, f"{owner}-relay"))
    try:
        yield relay
    finally:
        await relay.close()


@asynccontextmanager
async def hearing(reader: Reader, installation: Installation) -> AsyncIterator[None]:
    """notify hears its topics, as notify."""
    broker = kafka.broker(installation.address("notify"), "notify")
    subscription = Subscription(broker, reader.consumer, reader.applier, max_records=500)
    stopping = asyncio.Event()
    task = asyncio.create_task(subscription.run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


async def test_services_announce_hear_and_park_with_their_own_users(installation: Installation, reader: Reader) -> None:
    good, bad = uuid7(), uuid7()
    reader.before_effect = refusing(str(bad))
    async with Database(reader.pool, "dispatch").transaction() as tx:
        tx.announce(assigned(good), assigned(bad))
    async with relaying(reader, installation, "dispatch") as relay:
        assert await relay.drain() == 2
    async with hearing(reader, installation):
        await eventually(lambda: reader.versions_of(good))
        await eventually(reader.parked)
        await eventually(lambda: _all_read(installation))
    async with relaying(reader, installation, "notify") as relay:
        assert await relay.drain() >= 1  # others have left on the topic what nobody can read
    (copy,) = await _said(installation, parked_topic(TOPIC, "notify"), str(bad))
    assert copy["key"] == str(bad)


async def test_a_relay_brings_nothing_to_a_topic_of_another_service(installation: Installation, reader: Reader) -> None:
    async with Database(reader.pool, "dispatch").transaction() as tx:
        tx.announce(assigned(uuid7()))
    async with relaying(reader, installation, "printing") as relay:
        with pytest.raises(TopicAuthorizationFailedError):
            await relay.drain()
    assert await reader.pool.fetchval("select count(*) from outbox") == 1


async def test_the_operator_reads_and_writes_nothing(installation: Installation) -> None:
    async with AIOKafkaProducer(**kafka.client(installation.address("operator"))) as operator:
        with pytest.raises(TopicAuthorizationFailedError):
            await operator.send_and_wait(TOPIC, b"{}", b"key", partition=0)


async def _all_read(installation: Installation) -> bool:
    """What notify is told of how far it has read, and it has read something."""
    ends, done = await reach.ask(installation.address("notify"), "notify", [TOPIC])
    return sum(ends.values()) > 0 and all(done[where] >= end for where, end in ends.items())


async def _said(installation: Installation, topic: str, key: str) -> list[Any]:
    """What the operator's `antar tail` shows of a key."""
    words = ("tail", topic, "--key", key, "--from", "beginning", "--count", 1, "--json")
    result = await antar(*words, "--kafka", installation.address("operator"))
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]
