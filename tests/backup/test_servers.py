"""Databases and topics as they were: on a real server and a real broker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.events.catalogue import Topic, topics
from shared.kafka import client
from shared.lock import SoleHolder
from shared.messaging.relay import Relay
from shared.messaging.transaction import Database
from shared.migrations import migrate
from shared.tables import DONE_AFTER, files
from shared.topics import apply
from tests.platform import Platform
from tests.shared.conftest import assigned
from tools.backup import restoring
from tools.backup.backing_up import Installation, back_up
from tools.backup.cut import cut, refuse_other_releases
from tools.backup.dumps import dump, put_back
from tools.backup.entries import Entry, entry
from tools.backup.log import commit, log
from tools.backup.moment import moment
from tools.backup.writing import writer
from tools.deploy import backup_keys
from tools.deploy.databases import Addresses
from tools.embedded.wheels import postgres_program
from tools.errors import PlatformError


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the tests' own server."""
    monkeypatch.setenv("PATH", str(postgres_program("pg_dump").parent), prepend=":")


async def test_a_database_comes_back_as_it_was_in_its_snapshot(database: Callable[[str], str]) -> None:
    former, new = database("core"), database("core")
    async with asyncpg.create_pool(former, min_size=2) as pool, pool.acquire() as conn:
        await conn.execute("insert into stream_version values ('topic', 'key', 1)")
        async with conn.transaction(isolation="repeatable_read"):
            snapshot = await conn.fetchval("select pg_export_snapshot()")
            await pool.execute("update stream_version set version = 2")
            put_back(new, dump(former, snapshot))
    async with asyncpg.create_pool(new, min_size=1) as pool:
        assert [tuple(row) for row in await pool.fetch("select * from stream_version")] == [("topic", "key", 1)]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):  # the triggers are there, too
            await pool.execute("delete from audit")


async def test_an_upgrade_that_was_not_finished_is_not_finished_after_a_restore_either(
    database: Callable[[str], str],
) -> None:
    between, new = database("core"), database("core")
    conn = await asyncpg.connect(new)
    await conn.execute(f"create table {DONE_AFTER} (version text); insert into {DONE_AFTER} values ('0099')")
    await restoring.clear({"core": new})
    put_back(new, dump(between))
    assert await conn.fetchval("select to_regclass($1)", DONE_AFTER) is None
    await conn.close()


async def test_a_backup_from_after_the_way_back_comes_back_with_what_the_newer_release_added(
    database: Callable[[str], str],
) -> None:
    ahead, new = database("core"), database("core")
    await _execute(ahead, "create table later (n int); insert into schema_migrations values ('0098')")
    async with cut({"core": ahead}) as snapshots:
        before, after = await snapshots["core"].migrations()
    assert (before[-1], after) == ("0098", [])
    await restoring.clear({"core": new})
    put_back(new, dump(ahead))
    migrate(new, "core")
    await _execute(new, "insert into later values (1)")


async def test_a_backup_from_before_a_migration_gets_it_when_it_comes_back(database: Callable[[str], str]) -> None:
    behind, new = database("core"), database("core")
    last = max(files("core", after=False))
    await _execute(behind, f"drop table version_history; delete from schema_migrations where version = '{last}'")
    await restoring.clear({"core": new})
    put_back(new, dump(behind))
    migrate(new, "core")
    await _execute(new, "select from version_history")


async def _execute(address: str, statement: str) -> None:
    conn = await asyncpg.connect(address)
    await conn.execute(statement)
    await conn.close()


async def test_a_refused_dump_is_told_without_the_password_or_a_row(database: Callable[[str], str]) -> None:
    address = database("core")
    with pytest.raises(PlatformError, match="could not be copied: pg_dump: error: connection") as told:
        list(dump(address.replace(":", ":wrong", 2).replace("postgresql:wrong", "postgresql:")))
    assert "wrong" not in str(told.value)
    with pytest.raises(PlatformError, match="could not be copied: pg_restore: error"):
        put_back(address, [b"no archive"])


async def test_a_server_of_another_release_than_the_programs_is_refused_before_anything_is_written(
    database: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = database("core")
    conn = await asyncpg.connect(address)
    own = conn.get_server_version().major
    await conn.close()
    await refuse_other_releases({"core": address}, own)
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 99.1 (Debian 99.1-1)'\n")
    (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    recipient = str(backup_keys.identity(backup_keys.new_identity()).to_public())
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "backup_recipient").write_text(recipient)
    elsewhere = Installation(tmp_path, Addresses("", {"core": address}, [], []), "127.0.0.1:1")
    with pytest.raises(PlatformError, match=f"core is on PostgreSQL {own}: only 99 can be"):
        await back_up(elsewhere, tmp_path / "backup")
    with pytest.raises(PlatformError, match=f"core is on PostgreSQL {own}: only 99 can be"):
        await restoring._nothing_there(elsewhere, [])


@pytest.mark.parametrize(
    "trace",
    [
        "insert into stream_version values ('topic', 'key', 1)",
        "insert into stream_position (topic, key, version, expected) values ('topic', 'key', 1, 0)",
        "insert into audit (roles, areas, route, what, address, result, details) values ('{}', '{}', '', '', '', '', '{}')",
    ],
)
async def test_where_anybody_has_done_anything_nothing_is_restored(database: Callable[[str], str], trace: str) -> None:
    used, unused = database("core"), database("core")
    conn = await asyncpg.connect(used)
    await conn.execute(trace)
    await conn.close()
    with pytest.raises(PlatformError, match="The database of used is not empty"):
        await restoring.nothing_in({"unused": unused, "used": used}, ())


async def test_where_the_sign_in_has_been_nothing_is_restored(database: Callable[[str], str]) -> None:
    with pytest.raises(PlatformError, match="is not empty"):
        await restoring.nothing_in({}, [database("core")])


@pytest.fixture
async def topic(platform: Platform) -> Topic:
    """A compacted topic of this test alone."""
    made = replace(topics()["intake.recipient.v1"], name=f"backup.{uuid4().hex}.v1", partitions=2)
    admin = AIOKafkaAdminClient(**client(platform.bootstrap))
    await admin.start()
    await admin.create_topics([NewTopic(made.name, num_partitions=2, replication_factor=1)])
    await admin.close()
    return made


async def test_records_are_put_back_into_their_partitions_in_their_order(platform: Platform, topic: Topic) -> None:
    headers = (("ce_id", b"1"), ("odd", b"\xff\xfe"), ("none", None))
    given = [
        Entry(n % 2, n // 2, 1_500_000_000_000 + n, b"key", None if n % 7 == 0 else bytes([n % 256]) * 900, headers)
        for n in range(4000)
    ]
    given.append(Entry(1, 2000, 1, None, bytes(900_000), ()))
    async with writer(platform.bootstrap) as to:
        await to.put(topic.name, given)
    async with log(platform.bootstrap) as at:
        ends = await at.ends([topic])
        assert set(ends.values()) == {2000, 2001}
        found = [entry(record) async for records in at.records(topic, ends, ends, _nobody) for record in records]
        assert sorted(found) == sorted(given)
        for partition in (0, 1):
            assert [one for one in found if one.partition == partition] == [
                e for e in given if e.partition == partition
            ]
        less = {TopicPartition(topic.name, 0): 3, TopicPartition(topic.name, 1): 0}
        found = [entry(record) async for records in at.records(topic, less, less, _nobody) for record in records]
    assert found == [one for one in given if one.partition == 0][:3]


async def _nobody(_aggregates: object) -> dict[tuple[str, str], int]:
    raise AssertionError("nothing was in doubt")


async def test_a_group_reads_on_from_where_it_is_put_and_nobody_elses_is_touched(
    platform: Platform, topic: Topic
) -> None:
    group, other = f"agency-{uuid4().hex}", f"somebody-{uuid4().hex}"
    await apply(platform.bootstrap)
    at, elsewhere = TopicPartition(topic.name, 1), TopicPartition("notify.message.v1", 3)
    await commit(platform.bootstrap, group, {at: 7, elsewhere: 0})
    await commit(platform.bootstrap, other, {at: 5, elsewhere: 0})
    await commit(platform.bootstrap, f"agency-{uuid4().hex}", {})
    async with log(platform.bootstrap) as broker:
        assert await broker.committed([topic]) == {group: [(topic.name, 1, 7)]}
        await restoring.nobody_in(broker, [group, other])
        async with _member(platform, group, topic):
            with pytest.raises(PlatformError, match=f"^{group} reads"):
                await restoring.nobody_in(broker, [group, other])


@asynccontextmanager
async def _member(platform: Platform, group: str, topic: Topic) -> AsyncIterator[None]:
    consumer = AIOKafkaConsumer(topic.name, **client(platform.bootstrap), group_id=group)
    await consumer.start()
    yield
    await consumer.stop()


async def test_a_topic_that_has_other_partitions_than_declared_is_not_half_saved(
    platform: Platform, topic: Topic
) -> None:
    async with log(platform.bootstrap) as at:
        with pytest.raises(PlatformError, match="has 2 partitions, not 1"):
            await at.ends([replace(topic, partitions=1)])
        with pytest.raises(PlatformError, match="has no topic"):
            await at.ends([replace(topic, name="nowhere.v1")])


async def test_what_is_set_aside_is_found_where_its_record_is_now(database: Callable[[str], str]) -> None:
    address = database("core")
    conn = await asyncpg.connect(address)
    parked = [["topic", 0, offset] for offset in (4, 5, 9)]
    await conn.executemany(
        "insert into parked (topic, partition, record_offset, headers, code) values ($1, $2, $3, '[]', 'bad-key')",
        parked,
    )
    places = restoring.Places(map(tuple, parked))
    for offset in (0, 4, 7, 9):
        places.put_back("topic", 0, offset)
    await restoring.move_parked({"notify": address}, {"notify": parked}, places)
    assert [row[0] for row in await conn.fetch("select record_offset from parked order by 1")] == [-6, 1, 3]
    await conn.close()


async def test_what_was_said_in_that_moment_was_sent_or_still_is_to_be_and_nothing_else(
    platform: Platform, database: Callable[[str], str]
) -> None:
    await apply(platform.bootstrap)
    address, topic, keys = database("core"), topics()["dispatch.delivery.v1"], [uuid4() for _ in range(3)]
    seen = set()
    async with talking(platform, address, keys), log(platform.bootstrap) as at:
        for _ in range(6):
            async with moment(at, {"dispatch": address}, [topic]) as then:
                records = [record async for some in then.sent(at, topic) for record in some]
                outbox = await then.snapshots["dispatch"]._conn.fetch("select key, version from outbox")
                said = await then.snapshots["dispatch"].said((topic.name, str(key)) for key in keys)
            for key in map(str, keys):
                sent = {int(dict(r.headers)["ce_sequence"]) for r in records if r.key == key.encode()}
                unsent = {row["version"] for row in outbox if row["key"] == key}
                last = said.get((topic.name, key), 0)
                assert sent | unsent == set(range(1, last + 1))
                seen.add(last)
    assert len(seen) > 3, "they did not go on meanwhile"


@asynccontextmanager
async def talking(platform: Platform, address: str, keys: Sequence[UUID]) -> AsyncIterator[None]:
    """The service `dispatch`, as far as it says something, on and on."""
    async with asyncpg.create_pool(address, min_size=3, max_size=3) as pool:
        relay = Relay(pool, platform.bootstrap, "dispatch", SoleHolder(address, "dispatch-relay"))

        async def say() -> None:
            while True:
                async with Database(pool, "dispatch").transaction() as tx:
                    tx.announce(*map(assigned, keys))

        async def send() -> None:
            while True:
                await relay.drain()

        tasks = [asyncio.create_task(say()), asyncio.create_task(send())]
        yield
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        await relay.close()
        assert all(isinstance(end, asyncio.CancelledError) for end in ended)
