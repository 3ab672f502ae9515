"""Why an application is stuck, on the real databases of two services and a real broker."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from uuid_utils.compat import uuid7

from shared.events.catalogue import topics
from shared.events.intake import ApplicationClearedForPrint, Reason
from shared.topics import apply
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.platform import Platform
from tests.tools.conftest import antar
from tools.moments import utc_now
from tools.why.findings import Findings, Part
from tools.why.verdict import verdict


def cleared(application_id: UUID) -> ApplicationClearedForPrint:
    now = datetime.now(UTC)
    return ApplicationClearedForPrint(
        application_id=application_id, document_kind="KTP_EL", blank_kind="KTP_EL", reason=Reason.FIRST,
        disaster_victim=False, suket_expires_on=None, kelurahan_code="32.75.01.1001", rw="001",
        recorded_at=now, cleared_at=now,
    )  # fmt: skip


class City:
    """Printing and dispatch, with the broker at an address where nobody is unless a test starts one."""

    def __init__(self, printing: ServiceUnderTest, dispatch: ServiceUnderTest, databases: dict[str, str]) -> None:
        self.printing = printing
        self.dispatch = dispatch
        self.databases = databases

    async def why(self, key: UUID, *, kafka: str | None = None, expect: int = 0) -> dict[str, Any]:
        words = [f"--database={name}={dsn}" for name, dsn in self.databases.items()]
        told = await antar("why", key, *words, *(["--kafka", kafka] if kafka else []), "--json")
        assert told.exit_code == expect, told.output
        found: dict[str, Any] = json.loads(told.stdout)
        return found


@pytest.fixture
async def city(harness: Harness) -> City:
    printing, dispatch = await harness("printing"), await harness("dispatch")
    databases = {s.parts.name: s.parts.settings.database_url.get_secret_value() for s in (printing, dispatch)}
    return City(printing, dispatch, databases)


async def sent(service: ServiceUnderTest) -> None:
    """The relay has done its work."""
    await service.pool.execute("delete from outbox")


async def read_by_dispatch(city: City, key: UUID, *named: str) -> None:
    """Dispatch has applied the first event of these topics."""
    for topic in named:
        await city.dispatch.pool.execute("insert into stream_position values ($1, $2, 1, 0, null)", topic, str(key))


async def committed(group: str, bootstrap: str) -> None:
    """The group has read all there is."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    async with consumer:
        partitions = [TopicPartition(name, n) for name, topic in topics().items() for n in range(topic.partitions)]
        consumer.assign(partitions)
        await consumer.commit(dict(await consumer.end_offsets(partitions)))


async def test_who_waits_for_a_blank_is_told_so_with_the_place_in_the_queue(city: City) -> None:
    first, second = uuid7(), uuid7()
    await city.printing.hears(cleared(first), cleared(second))
    await sent(city.printing)
    await city.printing.pool.execute("update print_order set queued_at = '2026-11-25T06:00Z', place_since = queued_at")
    await read_by_dispatch(city, second, "intake.application.v1", "printing.print-order.v1")
    found = await city.why(second)
    assert found["cause"] == "waiting"
    assert "printing waits for a blank since 2026-11-25 13:00:00 WIB" in found["verdict"]
    assert "place 2 in the queue" in found["verdict"]


async def test_what_a_reader_set_aside_comes_before_what_others_wait_for(city: City) -> None:
    key = uuid7()
    await city.printing.hears(cleared(key))
    await sent(city.printing)
    broken = city.dispatch.log.record(cleared(key))
    broken = broken.__class__(
        "printing.print-order.v1", 3, 812, broken.key, b"{broken",
        [(n, b"DocumentPrinted" if n == "ce_type" else v) for n, v in broken.headers],
    )  # fmt: skip
    await city.dispatch.applier.apply([broken])
    found = await city.why(key)
    assert found["cause"] == "set-aside"
    assert "dispatch set aside DocumentPrinted no. 1 (bad-data)" in found["verdict"]
    assert "`antar parked show printing.print-order.v1/3/812 --service dispatch`" in found["verdict"]


async def test_what_was_set_aside_without_a_readable_number_is_told_too(city: City) -> None:
    key = uuid7()
    await city.printing.hears(cleared(key))
    await sent(city.printing)
    await read_by_dispatch(city, key, "intake.application.v1", "printing.print-order.v1")
    record = city.dispatch.log.record(cleared(key))
    headers = [h for h in record.headers if h[0] != "ce_sequence"]
    await city.dispatch.applier.apply([record.__class__("printing.print-order.v1", 3, 812, record.key, b"{}", headers)])
    found = await city.why(key)
    assert found["cause"] == "set-aside"
    assert "dispatch set aside ApplicationClearedForPrint without a number (missing-header)" in found["verdict"]


async def test_an_event_that_its_owner_never_said_is_told_as_foreign(city: City) -> None:
    key = uuid7()
    await city.printing.hears(cleared(key))
    await sent(city.printing)
    await read_by_dispatch(city, key, "printing.print-order.v1")
    await city.dispatch.pool.execute("update stream_position set version = 4")
    found = await city.why(key)
    assert found["cause"] == "foreign"
    assert "dispatch has heard no. 4 of printing.print-order.v1, but printing has said only no. 1" in found["verdict"]


async def test_facts_that_cannot_leave_are_told_with_their_age(city: City) -> None:
    key = uuid7()
    await city.printing.hears(cleared(key))
    await city.printing.pool.execute("update outbox set created_at = now() - interval '4 min'")
    found = await city.why(key, kafka="127.0.0.1:1")
    assert found["cause"] == "unsent"
    assert "printing has 1 fact unsent for 4 min: " in found["verdict"]
    assert "and the broker at 127.0.0.1:1 does not answer." in found["verdict"]
    assert found["topics"]["printing.print-order.v1"]["unsent_from"] == 1
    assert "127.0.0.1:1 does not answer" in found["unanswered"]["kafka"]


async def test_a_stopped_stream_is_told_before_anything_else(city: City) -> None:
    key = uuid7()
    await city.printing.hears(cleared(key))
    await sent(city.printing)
    await city.dispatch.pool.execute(
        "insert into stopped_stream (topic, key, version, applied_event, found_event) values ($1, $2, 1, $3, $3)",
        "printing.print-order.v1", str(uuid7()), uuid4(),
    )  # fmt: skip
    assert "dispatch has stopped reading printing.print-order.v1" in (await city.why(key))["verdict"]


async def test_what_was_sent_and_not_read_names_the_reader_that_is_away(city: City) -> None:
    key = uuid7()
    await city.printing.hears(cleared(key))
    await sent(city.printing)
    await read_by_dispatch(city, key, "intake.application.v1")
    found = await city.why(key)
    assert found["cause"] == "unread"
    assert "dispatch has not applied no. 1 of printing.print-order.v1" in found["verdict"]
    assert "no process of dispatch is connected to its database" in found["verdict"]


def test_a_reader_that_runs_and_does_not_get_on_is_not_taken_for_one_that_is_away() -> None:
    topic = "printing.print-order.v1"
    parts = {"printing": Part(said={topic: 2}), "dispatch": Part(applied={topic: 1})}
    judged = verdict(Findings("some key", utc_now(), parts, {}, {"dispatch": {topic: 1}}))
    assert judged.cause == "unread"
    assert "no. 2 of printing.print-order.v1 yet: 1 event of its partition to read; it runs" in judged.sentence


async def test_what_a_reader_has_read_past_without_applying_is_missing(city: City, platform: Platform) -> None:
    # Nothing of it is on the broker, so there is nothing left to read once everything on the partition is committed.
    key = uuid7()
    await city.printing.hears(cleared(key))
    await sent(city.printing)
    await read_by_dispatch(city, key, "intake.application.v1")
    await apply(platform.bootstrap)
    await committed("dispatch", platform.bootstrap)
    found = await city.why(key, kafka=platform.bootstrap)
    assert found["cause"] == "missing", found["verdict"]
    assert "no. 1 never came" in found["verdict"]


async def test_a_database_that_is_down_is_named_and_the_others_are_told_all_the_same(city: City) -> None:
    key = uuid7()
    await city.printing.hears(cleared(key))
    await sent(city.printing)
    city.databases["dispatch"] = "postgresql://dispatch:secret@127.0.0.1:1/dispatch"
    found = await city.why(key)
    assert found["cause"] == "waiting"
    assert "This may not be all: the database of dispatch does not answer." in found["verdict"]
    assert "secret" not in json.dumps(found)


async def test_when_no_database_answers_nobody_is_said_not_to_know_it(city: City) -> None:
    city.databases = dict.fromkeys(city.databases, "postgresql://x:secret@127.0.0.1:1/x")
    assert (await city.why(uuid7(), expect=1))["verdict"] == "None of the databases answers."


async def test_an_id_that_nobody_knows_and_one_that_is_none_are_errors(city: City) -> None:
    assert (await city.why(uuid7(), expect=1))["cause"] == "unknown"
    told = await antar("why", "KTP/2026/11/000001")
    assert told.exit_code == 2
    assert "named by its id" in told.output


async def test_the_screen_is_80_columns_wide(city: City) -> None:
    key = uuid7()
    await city.printing.hears(cleared(key))
    told = await antar("why", key, *(f"--database={name}={dsn}" for name, dsn in city.databases.items()))
    assert max(map(len, told.stdout.splitlines())) <= 80
    assert "printing  QUEUED" in told.stdout


@pytest.mark.parametrize("service", ["intake", "printing", "dispatch", "notify"])
async def test_every_service_says_why_in_the_same_columns_and_finds_one_key_by_an_index(
    harness: Harness, service: str
) -> None:
    pool = (await harness(service)).pool
    rows = await pool.fetch(
        "select column_name, data_type from information_schema.columns"
        " where table_name = 'why' order by ordinal_position"
    )
    assert [tuple(row) for row in rows] == [
        ("key", "text"), ("state", "text"), ("since", "timestamp with time zone"), ("waits_for", "text"),
        ("details", "jsonb"),
    ]  # fmt: skip
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("set local enable_seqscan = off")
        plan = "\n".join(row[0] for row in await conn.fetch("explain select * from why where key = 'x'"))
    assert "(key = 'x'::text)" in plan, "no walk through all of them"
    assert await pool.fetch("select * from why where key = 'no uuid'") == []
