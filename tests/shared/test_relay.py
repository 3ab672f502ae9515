"""What the relay promises, on a real log: everything committed arrives, in order, and only what arrived is deleted."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, RequestTimedOutError
from uuid_utils.compat import uuid7

from shared import topics
from shared.events import cloudevents
from shared.lock import SoleHolder
from shared.messaging.relay import Relay
from shared.messaging.transaction import Database
from shared.pulse import RELAY, Pulse
from tests.platform import Platform
from tests.shared.conftest import Reader, assigned, completed, recipient

TOPIC = "dispatch.delivery.v1"


@pytest.fixture(scope="session")
async def log(platform: Platform) -> str:
    """A log with all topics."""
    await topics.apply(platform.bootstrap)
    return platform.bootstrap


@pytest.fixture
async def relay(reader: Reader, log: str) -> AsyncIterator[Relay]:
    """The relay of `dispatch` on the reader's database."""
    relay = Relay(reader.pool, log, "dispatch", SoleHolder(reader.dsn, "dispatch-relay"))
    yield relay
    await relay.close()


async def on_the_log(bootstrap: str, keys: list[Any], topic: str = TOPIC) -> list[ConsumerRecord]:
    """The records of these keys, read from the beginning to the present end."""
    wanted = {str(k).encode() for k in keys}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, p) for p in range(12)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[ConsumerRecord] = []
        while any([await consumer.position(p) < ends[p] for p in partitions]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [r for r in records if r.key in wanted]
        return found
    finally:
        await consumer.stop()


async def announce(reader: Reader, *events: Any, owner: str = "dispatch") -> None:
    async with Database(reader.pool, owner).transaction() as tx:
        tx.announce(*events)


async def left(reader: Reader) -> int:
    return int(await reader.pool.fetchval("select count(*) from outbox"))


async def test_what_was_announced_arrives_complete_and_the_outbox_is_empty(
    reader: Reader, relay: Relay, log: str
) -> None:
    key = uuid7()
    await announce(reader, assigned(key), completed(key))
    assert await relay.drain() == 2
    first, second = await on_the_log(log, [key])
    assert [cloudevents.read(r).version for r in (first, second)] == [1, 2]
    assert dict(first.headers).keys() == {
        "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_dataschema", "ce_sequence",
        "content-type", "traceparent",
    }  # fmt: skip
    assert cloudevents.read(first).type == "DeliveryAssigned"
    assert first.key == dict(first.headers)["ce_subject"] == str(key).encode()
    assert await left(reader) == 0


async def test_the_order_of_each_application_is_kept_over_many_windows(reader: Reader, relay: Relay, log: str) -> None:
    keys = [uuid7() for _ in range(1500)]
    for _ in range(3):
        await announce(reader, *(assigned(k) for k in keys))
    await relay.drain()
    found = await on_the_log(log, keys)
    assert len(found) == 4500
    for key in (keys[0], keys[700], keys[-1]):
        assert [cloudevents.read(r).version for r in found if r.key == str(key).encode()] == [1, 2, 3]


async def test_more_than_a_batch_can_hold_goes_in_several_and_in_order(reader: Reader, log: str) -> None:
    key = uuid7()
    relay = Relay(reader.pool, log, "intake", SoleHolder(reader.dsn, "intake-relay"))
    await announce(reader, *(recipient(key, "A" * 300_000) for _ in range(8)), owner="intake")
    await relay.drain()
    await relay.close()
    found = await on_the_log(log, [key], "intake.recipient.v1")
    assert [cloudevents.read(r).version for r in found] == list(range(1, 9))
    assert await left(reader) == 0


async def test_what_was_not_acknowledged_stays_and_is_sent_again(
    reader: Reader, relay: Relay, log: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [uuid7() for _ in range(200)]
    await announce(reader, *(assigned(k) for k in keys))
    producer = await relay.ready_producer()
    true_send = producer.send_batch

    async def loses_some(batch: Any, topic: str, *, partition: int) -> Any:
        if partition % 2:
            return await true_send(batch, topic, partition=partition)
        lost = asyncio.get_running_loop().create_future()
        lost.set_exception(RequestTimedOutError())
        return lost

    monkeypatch.setattr(producer, "send_batch", loses_some)
    with pytest.raises(KafkaError):
        await relay.drain()
    remaining = await left(reader)
    arrived = {r.key for r in await on_the_log(log, keys)}
    assert 0 < remaining < 200
    assert len(arrived) == 200 - remaining, "a row was deleted that the log never acknowledged"
    monkeypatch.undo()
    assert await relay.drain() == remaining
    assert {r.key for r in await on_the_log(log, keys)} == {str(k).encode() for k in keys}


class Hangs:
    """A lock that is not told of until somebody lets it be."""

    def __init__(self) -> None:
        self.told = asyncio.Event()

    async def held(self) -> bool:
        return await self.told.wait()

    async def release(self) -> None:
        pass


async def test_a_relay_that_waits_for_ever_is_seen_to_stand_still_and_one_whose_log_is_away_is_not(
    reader: Reader,
) -> None:
    pulse, lock, stopping = Pulse(), Hangs(), asyncio.Event()
    relay = Relay(reader.pool, "127.0.0.1:1", "dispatch", lock, pulse)  # type: ignore[arg-type]
    await announce(reader, assigned(uuid7()))
    running = asyncio.create_task(relay.run(stopping))
    await asyncio.sleep(0)
    hanging = pulse.signs()[RELAY]
    assert any(place.endswith(" held") for place in pulse.stands(RELAY))
    assert pulse.signs()[RELAY] == hanging
    lock.told.set()
    async with asyncio.timeout(20):
        while not relay.failing or pulse.signs().get(RELAY, hanging) == hanging:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    stopping.set()
    await running


async def test_each_step_of_a_relay_begins_with_a_sign_of_life(
    reader: Reader, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulse, told = Pulse(), list[str]()
    relay._pulse = pulse
    monkeypatch.setattr(pulse, "alive", told.append)
    await announce(reader, assigned(uuid7()))
    assert await relay.drain() == 1
    # Read, sent, the next read while it is under way, acknowledged, deleted.
    assert told == [RELAY] * 5


async def test_only_one_of_two_relays_works_and_the_other_takes_over_when_it_is_gone(reader: Reader) -> None:
    seconds = itertools.count()
    first, second = (SoleHolder(reader.dsn, "dispatch-relay", lambda: next(seconds)) for _ in range(2))
    assert await first.held()
    assert not await second.held()
    await first.release()
    async with asyncio.timeout(5):
        while not await second.held():
            pass
    await second.release()


async def test_a_relay_that_stands_by_asks_once_a_second_at_most(reader: Reader) -> None:
    seconds = iter([0.0, 0.5, 0.9, 1.1])
    first = SoleHolder(reader.dsn, "dispatch-relay")
    second = SoleHolder(reader.dsn, "dispatch-relay", lambda: next(seconds))
    assert await first.held()
    answers = []
    for _ in range(4):
        answers.append(await second.held())
        await first.release()
        await asyncio.sleep(0.2)  # until the server has noticed
    assert answers == [False, False, False, True]
    await second.release()


async def test_a_relay_that_froze_loses_its_lock_to_the_next(reader: Reader) -> None:
    first, second = (SoleHolder(reader.dsn, "dispatch-relay") for _ in range(2))
    assert await first.held()
    # What the server does to a session that has been silent for too long.
    await reader.pool.execute(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
    )
    async with asyncio.timeout(5):
        while not await second.held():
            pass
        while await first.held():  # it asks once a second, or hears sooner that its session has ended
            pass
    await second.release()
