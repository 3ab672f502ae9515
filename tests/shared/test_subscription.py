"""From one service's commit to another's effect, over a real log: rebalances, replays, clean stops."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import RequestTimedOutError
from faststream.kafka import KafkaBroker
from uuid_utils.compat import uuid7

from shared import topics
from shared.events import cloudevents
from shared.events.catalogue import topics as declared
from shared.messaging import subscription
from shared.messaging.subscription import Subscription
from tests.harness import Log, Logged
from tests.platform import Platform
from tests.shared.conftest import Reader, assigned, recipient
from tests.shared.test_poll import refusing


@pytest.fixture
async def bootstrap(platform: Platform, reader: Reader) -> str:
    """A log of which the reader, in a group of its own, has read everything: what other tests wrote is not ours."""
    reader.consumer.group = f"notify-{uuid7()}"
    await topics.apply(platform.bootstrap)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=platform.bootstrap, group_id=reader.consumer.group, enable_auto_commit=False
    )
    await consumer.start()
    everywhere = [TopicPartition(topic.name, n) for topic in declared().values() for n in range(topic.partitions)]
    consumer.assign(everywhere)
    await consumer.commit(await consumer.end_offsets(everywhere))
    await consumer.stop()
    return platform.bootstrap


@asynccontextmanager
async def running(reader: Reader, bootstrap: str, die: Callable[[int], None] = os._exit) -> AsyncIterator[Subscription]:
    """The reader's consumer as a service runs it."""
    broker = KafkaBroker(bootstrap, apply_types=False, logger=None)
    subscribed = Subscription(broker, reader.consumer, reader.applier, max_records=500, die=die)
    stopping = asyncio.Event()
    task = asyncio.create_task(subscribed.run(stopping))
    try:
        yield subscribed
    finally:
        stopping.set()
        await task


async def write(bootstrap: str, records: list[Logged]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for r in records:
        await producer.send(r.topic, r.value, r.key, r.partition, headers=list(r.headers))
    await producer.stop()


async def eventually(condition: Callable[[], Awaitable[Any]], seconds: float = 20) -> None:
    """Wait for a condition; fail when it does not come true in time."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the condition lives in the database
            await asyncio.sleep(0.02)


async def test_what_is_written_takes_effect_once_and_a_whole_replay_changes_nothing(
    reader: Reader, bootstrap: str
) -> None:
    keys = [uuid7() for _ in range(300)]
    records = [reader.log.record(assigned(k)) for _ in range(2) for k in keys]

    async def all_there() -> bool:
        return await reader.pool.fetchval("select count(*) from effect") == 600

    async with running(reader, bootstrap):
        await write(bootstrap, records)
        await eventually(all_there)
        await write(bootstrap, records)
        marker = uuid7()
        await write(bootstrap, [reader.log.record(assigned(marker))])
        await eventually(lambda: reader.versions_of(marker))
    effects = await reader.effects()
    assert len(effects) == len(set(effects)) == 601
    assert await reader.parked() == []


async def test_after_a_clean_stop_nothing_is_read_again(reader: Reader, bootstrap: str) -> None:
    key, later = uuid7(), uuid7()
    async with running(reader, bootstrap):
        await write(bootstrap, [reader.log.record(assigned(key))])
        await eventually(lambda: reader.versions_of(key))
    seen: list[int] = []
    true_apply = reader.applier.apply

    async def counting(records: Any) -> None:
        seen.append(len(records))
        await true_apply(records)

    reader.applier.apply = counting  # type: ignore[method-assign]
    async with running(reader, bootstrap):
        await write(bootstrap, [reader.log.record(assigned(later))])
        await eventually(lambda: reader.versions_of(later))
    assert sum(seen) == 1


async def test_an_offset_that_could_not_be_committed_is_committed_later_though_nothing_new_comes(
    reader: Reader, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = reader.log.record(assigned(uuid7()))
    true_commit, failed = AIOKafkaConsumer.commit, []

    async def fails_once(consumer: Any, offsets: Any) -> None:
        if not failed:
            failed.append(offsets)
            raise RequestTimedOutError
        await true_commit(consumer, offsets)

    monkeypatch.setattr(AIOKafkaConsumer, "commit", fails_once)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()

    async def offset() -> int:
        offsets = await admin.list_consumer_group_offsets(reader.consumer.group)
        return int(offsets[TopicPartition(record.topic, record.partition)].offset)

    before = await offset()

    async def committed() -> bool:
        return await offset() == before + 1

    async with running(reader, bootstrap):
        await write(bootstrap, [record])
        await eventually(committed)
    await admin.close()
    assert len(failed) == 1


async def test_trouble_that_passes_is_waited_out_and_nothing_is_lost(reader: Reader, bootstrap: str) -> None:
    key, tries = uuid7(), []

    async def twice_unwell(received: Any, tx: Any) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise asyncpg.DeadlockDetectedError

    reader.before_effect = twice_unwell
    async with running(reader, bootstrap):
        await write(bootstrap, [reader.log.record(assigned(key))])
        await eventually(lambda: reader.versions_of(key))
    assert len(tries) == 3
    assert await reader.parked() == []


async def test_two_members_of_the_group_share_the_work_and_double_nothing(reader: Reader, bootstrap: str) -> None:
    twin = Reader(reader.pool, reader.dsn, reader.log)
    twin.consumer.group = reader.consumer.group
    keys = [uuid7() for _ in range(200)]
    records = [reader.log.record(assigned(k)) for k in keys for _ in range(3)]

    async def all_there() -> bool:
        return await reader.pool.fetchval("select count(*) from effect") >= 600

    async with running(reader, bootstrap):
        await write(bootstrap, records[:200])
        async with running(twin, bootstrap) as second:
            await write(bootstrap, records[200:400])

            async def joined() -> bool:
                return second.assigned

            await eventually(joined)
            await write(bootstrap, records[400:])
            await eventually(all_there)
    effects = await reader.effects()
    assert sorted(effects) == sorted((str(k), v) for k in keys for v in (1, 2, 3))
    assert all([await reader.versions_of(k) == [1, 2, 3] for k in keys[:20]])


async def test_what_was_not_yet_applied_at_a_stop_comes_again_at_the_next_start(reader: Reader, bootstrap: str) -> None:
    key = uuid7()
    tried = asyncio.Event()

    async def database_is_ill(received: Any, tx: Any) -> None:
        tried.set()
        raise asyncpg.CannotConnectNowError

    reader.before_effect = database_is_ill
    async with running(reader, bootstrap):
        await write(bootstrap, [reader.log.record(assigned(key))])
        await tried.wait()
    assert await reader.effects() == []
    reader.before_effect = None
    async with running(reader, bootstrap):
        await eventually(lambda: reader.versions_of(key))


async def test_the_lag_is_what_has_not_taken_effect_and_nothing_else(reader: Reader, bootstrap: str) -> None:
    async def database_is_ill(received: Any, tx: Any) -> None:
        raise asyncpg.CannotConnectNowError

    reader.before_effect = database_is_ill
    async with running(reader, bootstrap) as subscribed:

        async def lag() -> int:
            return sum((await subscribed.lag()).values())

        await write(bootstrap, [reader.log.record(assigned(uuid7())) for _ in range(5)])

        async def all_of_them() -> bool:
            return await lag() == 5

        await eventually(all_of_them)
        reader.before_effect = None

        async def none() -> bool:
            return await lag() == 0

        await eventually(none, 60)
        assert (await subscribed.lag()).keys() == set(reader.consumer.topics)


async def test_events_set_aside_are_tried_again_when_the_service_starts(reader: Reader, bootstrap: str) -> None:
    key = uuid7()
    reader.before_effect = refusing(key)
    await reader.applier.apply([reader.log.record(assigned(key)), reader.log.record(assigned(key))])
    reader.before_effect = None
    async with running(reader, bootstrap):
        await eventually(reader.effects)
    assert await reader.versions_of(key) == [1, 2]
    assert await reader.parked() == []


async def test_events_set_aside_are_tried_again_at_the_first_drain_that_comes_to_its_end(
    reader: Reader, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, failures = uuid7(), [asyncpg.CannotConnectNowError]
    reader.before_effect = refusing(key)
    await reader.applier.apply([reader.log.record(assigned(key))])
    reader.before_effect = None
    true_retry = reader.applier.retry_refused

    async def unwell_at_first() -> None:
        if failures:
            raise failures.pop()
        await true_retry()

    monkeypatch.setattr(reader.applier, "retry_refused", unwell_at_first)
    monkeypatch.setattr(subscription, "DRAIN_SECONDS", 0.0)
    async with running(reader, bootstrap):
        await eventually(reader.effects)
    assert failures == []


@pytest.mark.parametrize("value", [b"\xff\xfe\x00", None])
async def test_a_header_that_is_no_text_costs_nobody_an_event(
    reader: Reader, bootstrap: str, value: bytes | None
) -> None:
    key, other = uuid7(), uuid7()
    odd = reader.log.record(assigned(key))
    odd = replace(odd, headers=[*odd.headers, ("x-signature", value)])
    async with running(reader, bootstrap):
        await write(bootstrap, [odd, reader.log.record(assigned(other))])
        await eventually(lambda: reader.versions_of(other))
        await eventually(lambda: reader.versions_of(key))


async def test_a_fault_nobody_foresaw_ends_the_process_and_leaves_the_events_on_the_log(
    reader: Reader, bootstrap: str
) -> None:
    key, codes = uuid7(), []
    true_apply = reader.applier.apply

    async def faulty(records: Any) -> None:
        raise AttributeError

    reader.applier.apply = faulty  # type: ignore[method-assign]
    async with running(reader, bootstrap, die=codes.append):
        await write(bootstrap, [reader.log.record(assigned(key))])

        async def ended() -> list[int]:
            return codes

        await eventually(ended)
    assert set(codes) == {70}
    reader.applier.apply = true_apply  # type: ignore[method-assign]
    async with running(reader, bootstrap):
        await eventually(lambda: reader.versions_of(key))


def test_every_declared_topic_has_the_same_number_of_partitions() -> None:
    assert {t.partitions for t in declared().values()} == {12}


async def test_a_stopped_stream_stays_on_the_log_and_is_read_on_by_a_fresh_process_once_it_is_resumed(
    reader: Reader, bootstrap: str
) -> None:
    rewritten, other, elsewhere = uuid7(), uuid7(), uuid7()
    codes: list[int] = []

    async def stopped() -> Any:
        return await reader.pool.fetchval("select count(*) from stopped_stream")

    async def ended() -> list[int]:
        return codes

    displaced = Log().record(assigned(rewritten))
    async with running(reader, bootstrap, die=codes.append):
        await write(bootstrap, [reader.log.record(assigned(rewritten))])
        await eventually(lambda: reader.versions_of(rewritten))
        await write(bootstrap, [displaced, reader.log.record(assigned(other))])
        await eventually(stopped)
        await write(bootstrap, [reader.log.record(recipient(elsewhere, "SITI"))])
        await eventually(lambda: reader.versions_of(elsewhere))
        assert await reader.versions_of(other) == []
        await reader.pool.execute("insert into settled_event values ($1)", cloudevents.read(displaced).event_id)
        await reader.pool.execute("delete from stopped_stream")
        await eventually(ended)
    assert set(codes) == {70}
    async with running(reader, bootstrap):
        await eventually(lambda: reader.versions_of(other))
