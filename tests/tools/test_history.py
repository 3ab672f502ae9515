"""A writer's database was restored to an earlier moment: found out, repaired, and every fact reaches its readers once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from uuid_utils.compat import uuid7

from shared import topics
from shared.events.cloudevents import read
from shared.lock import SoleHolder
from shared.messaging.relay import Relay
from shared.messaging.transaction import Database
from tests.platform import Platform
from tests.shared.conftest import Reader, assigned
from tests.shared.conftest import reader as reader  # noqa: PLC0414 - the fixture
from tests.tools.conftest import antar
from tools.errors import PlatformError
from tools.history.reading import History, read_history
from tools.history.repair import repair
from tools.history.resume import resume, stopped_streams

TOPIC = "dispatch.delivery.v1"


class Writer:
    """The service `dispatch`, as far as it says something, whose database can be put back."""

    def __init__(self, platform: Platform, dsn: str) -> None:
        self._platform = platform
        self.dsn = dsn

    async def says(self, *events: Any, sent: bool = True) -> None:
        """Commits the events in one transaction each, and sends them."""
        async with asyncpg.create_pool(self.dsn, min_size=1, max_size=3) as pool:
            for event in events:
                async with Database(pool, "dispatch").transaction() as tx:
                    tx.announce(event)
        if sent:
            await self.sends()

    async def sends(self) -> None:
        """Its relay sends what waits."""
        async with asyncpg.create_pool(self.dsn, min_size=1, max_size=3) as pool:
            relay = Relay(pool, self._platform.bootstrap, "dispatch", SoleHolder(self.dsn, "dispatch-relay"))
            await relay.drain()
            await relay.close()

    def backed_up(self, name: str) -> "Writer":
        """Its database as it is now, under another name."""
        return Writer(self._platform, self._platform.create_database(name, template=self.dsn.rpartition("/")[2]))


@pytest.fixture
async def writer(platform: Platform, database: Callable[[str], str]) -> Writer:
    """A writer on a fresh database; its backups are dropped with the server."""
    await topics.apply(platform.bootstrap)
    return Writer(platform, database("core"))


async def history_of(platform: Platform, *keys: UUID) -> History:
    """What the log says of these keys; other tests write on the same topics."""
    history = History()
    history.take(await heard(platform, list(keys)))
    return history


async def heard(platform: Platform, keys: list[UUID]) -> list[ConsumerRecord]:
    """The records of these keys from the beginning."""
    wanted = {str(k).encode() for k in keys}
    consumer = AIOKafkaConsumer(bootstrap_servers=platform.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(TOPIC, n) for n in range(12)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[ConsumerRecord] = []
        while any([await consumer.position(p) < ends[p] for p in partitions]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [r for r in records if r.key in wanted]
        return found
    finally:
        await consumer.stop()


def noting_badges(reader: Reader) -> None:
    """Let the reader's effects say which event they come from."""

    async def note(received: Any, tx: Any) -> None:
        await tx.conn.executemany(
            "insert into effect (key, version, what) values ($1, -1, $2)",
            [(r.key, r.event.courier_badge) for r in received],
        )

    reader.before_effect = note


async def noted(reader: Reader) -> list[str]:
    rows = await reader.pool.fetch("select what from effect where version = -1 order by id")
    return [r["what"] for r in rows]


async def test_after_a_restore_every_fact_of_both_histories_takes_effect_exactly_once(
    platform: Platform, writer: Writer, reader: Reader
) -> None:
    noting_badges(reader)
    key, other = uuid7(), uuid7()
    await writer.says(assigned(key, "TKK-0001"))
    restored = writer.backed_up(f"restored_{key.hex}")
    await writer.says(assigned(key, "TKK-0002"), assigned(other, "TKK-0003"))
    await reader.applier.apply(await heard(platform, [key, other]))

    await restored.says(assigned(key, "TKK-0004"), assigned(key, "TKK-0005"))
    await restored.says(assigned(other, "TKK-0006"), sent=False)
    assert await reader.applier.apply(await heard(platform, [key, other])) == {TOPIC}
    with pytest.raises(PlatformError, match="under used versions"):
        await resume(reader.dsn, "dispatch", await history_of(platform, key, other))

    history = await history_of(platform, key, other)
    done = await repair(restored.dsn, "dispatch", history)
    assert done.said_again == 2
    await restored.sends()
    await restored.says(assigned(key, "TKK-0007"))
    assert await resume(reader.dsn, "dispatch", await history_of(platform, key, other)) == [TOPIC]
    for _ in range(2):
        assert await reader.applier.apply(await heard(platform, [key, other])) == frozenset()
    assert sorted(await noted(reader)) == [f"TKK-000{n}" for n in range(1, 8)]
    assert await reader.parked() == []


async def test_a_writer_that_is_repaired_before_it_starts_again_stops_nobody(
    platform: Platform, writer: Writer, reader: Reader
) -> None:
    key = uuid7()
    await writer.says(assigned(key))
    restored = writer.backed_up(f"restored_{key.hex}")
    await writer.says(assigned(key), assigned(key))
    await repair(restored.dsn, "dispatch", await history_of(platform, key))
    await restored.says(assigned(key))
    records = await heard(platform, [key])
    assert [read(r).version for r in records] == [1, 2, 3, 4]
    assert (await read_history(platform.bootstrap, "dispatch")).last[TOPIC, str(key)] == 4
    assert await reader.applier.apply(records) == frozenset()
    assert await reader.versions_of(key) == [1, 2, 3, 4]


async def test_a_repair_that_is_repeated_says_nothing_twice(platform: Platform, writer: Writer) -> None:
    key = uuid7()
    await writer.says(assigned(key))
    restored = writer.backed_up(f"restored_{key.hex}")
    await writer.says(assigned(key))
    await restored.says(assigned(key))
    history = await history_of(platform, key)
    assert (await repair(restored.dsn, "dispatch", history, dry_run=True)).said_again == 1
    assert (await repair(restored.dsn, "dispatch", history)).said_again == 1
    assert (await repair(restored.dsn, "dispatch", history)).said_again == 0
    await restored.sends()
    again = await repair(restored.dsn, "dispatch", await history_of(platform, key))
    assert (again.raised, again.said_again) == (0, 0)


async def test_a_writer_that_runs_is_not_repaired(platform: Platform, writer: Writer) -> None:
    holder = SoleHolder(writer.dsn, "dispatch-relay")
    assert await holder.held()
    with pytest.raises(PlatformError, match="stop it first"):
        await repair(writer.dsn, "dispatch", await read_history(platform.bootstrap, "dispatch"))
    await holder.release()


async def test_nothing_is_stopped_where_nobody_was_put_back(reader: Reader) -> None:
    assert await stopped_streams(reader.dsn) == []


async def test_a_broker_that_is_away_ends_the_command_with_a_sentence(database: Callable[[str], str]) -> None:
    where = ("--database", f"dispatch={database('dispatch')}", "--kafka", "127.0.0.1:1")
    ended = await antar("history", "check", "dispatch", *where)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr == "antar: The broker or a database does not answer (KafkaConnectionError).\n"


async def test_a_service_that_is_not_there_ends_the_command_with_a_sentence(database: Callable[[str], str]) -> None:
    ended = await antar("history", "check", "printing", "--database", f"dispatch={database('dispatch')}")
    assert (ended.exit_code, ended.stderr) == (1, "antar: There is no service 'printing' here, only dispatch.\n")
