"""Following events live on a real broker, broken ones and a broker that goes away included."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from uuid_utils.compat import uuid7

from shared.events.catalogue import parked_topic
from shared.topics import apply
from tests.harness import Log, Logged
from tests.platform import Platform
from tests.shared.conftest import assigned, completed, recipient
from tests.tools.conftest import antar
from tools.embedded.kafka import EmbeddedKafka
from tools.tail.lines import line

TOPIC = "dispatch.delivery.v1"
NIK = "3275990101010001"


async def sent(bootstrap: str, *records: Logged, at: datetime | None = None) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for r in records:
            milliseconds = int(at.timestamp() * 1000) if at else None
            await producer.send_and_wait(
                r.topic, r.value, r.key, partition=r.partition, headers=list(r.headers), timestamp_ms=milliseconds
            )


@pytest.fixture
async def bootstrap(platform: Platform) -> str:
    await apply(platform.bootstrap)
    return platform.bootstrap


async def told(bootstrap: str, *words: object) -> list[dict[str, Any]]:
    result = await asyncio.wait_for(antar("tail", *words, "--kafka", bootstrap, "--json"), 30)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@asynccontextmanager
async def tailing(bootstrap: str, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`antar tail` in a process of its own, as at a terminal."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tools.cli", "tail", "--kafka", bootstrap, *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def next_line(stream: asyncio.StreamReader | None) -> str:
    assert stream is not None
    return (await asyncio.wait_for(stream.readline(), 60)).decode()


async def test_each_event_is_a_line_with_what_it_says(bootstrap: str) -> None:
    key, log = uuid7(), Log()
    await sent(bootstrap, log.record(assigned(key)), log.record(completed(key)))
    found = await told(bootstrap, TOPIC, "--from", "beginning", "--key", key, "--count", 2)
    assert [(e["topic"], e["key"], e["version"], e["type"]) for e in found] == [
        (TOPIC, str(key), 1, "DeliveryAssigned"),
        (TOPIC, str(key), 2, "DeliveryCompleted"),
    ]
    assert found[0]["data"]["courier_badge"] == "TKK-0001"


async def test_it_begins_at_the_time_it_is_told(bootstrap: str) -> None:
    # On a topic that no other test writes to: what comes after the beginning is shown whatever its clock says.
    old, new, topic = uuid7(), uuid7(), parked_topic("printing.blank-stock.v1", "notify")
    first, second = (replace(Log().record(assigned(key)), topic=topic, partition=0) for key in (old, new))
    await sent(bootstrap, first, at=datetime.now(UTC) - timedelta(hours=3))
    await sent(bootstrap, second)
    (found,) = await told(bootstrap, topic, "--from", "2h", "--count", 1)
    assert found["key"] == str(new)


async def test_only_the_types_that_are_asked_for_are_shown(bootstrap: str) -> None:
    key, log = uuid7(), Log()
    await sent(bootstrap, log.record(assigned(key)), log.record(completed(key)))
    (found,) = await told(bootstrap, TOPIC, "--from", "1h", "--key", key, "--type", "DeliveryCompleted", "--count", 1)
    assert found["version"] == 2


async def test_broken_records_are_shown_as_broken_without_what_they_hold(bootstrap: str) -> None:
    key, log = uuid7(), Log()
    good = log.record(assigned(key))
    untyped = replace(good, headers=[h for h in good.headers if h[0] != "ce_type"], value=b"\xff" + NIK.encode())
    deep = replace(log.record(assigned(key)), value=b"[" * 50_000)
    private = replace(log.record(recipient(key, "SITI")), value=b"SITI {")
    await sent(bootstrap, untyped, deep, private, good)
    words = (TOPIC, "intake.recipient.v1", "--from", "1h", "--key", key, "--count", 4)
    found = await told(bootstrap, *words)
    assert {e["poison"] for e in found} == {"missing-header", None}
    plain = await antar("tail", *words, "--kafka", bootstrap)
    assert "! missing-header" in plain.stdout
    for text in (json.dumps(found), plain.output):
        assert "SITI" not in text
        assert NIK not in text


async def test_copies_of_what_was_set_aside_are_followed_when_they_are_named(bootstrap: str) -> None:
    topic, key = parked_topic(TOPIC, "notify"), str(uuid7())
    copy = {"topic": TOPIC, "partition": 0, "offset": 7, "record_key": key, "version": 1, "code": "bad-data",
            "headers": [], "value": "eyJhIjogIjA4MTItMzQ1Ni03ODkwIn0="}  # fmt: skip
    record = replace(Log().record(assigned(uuid7())), topic=topic, partition=0, key=key.encode())
    await sent(bootstrap, replace(record, value=json.dumps(copy).encode()))
    (found,) = await told(bootstrap, topic, "--from", "1h", "--key", key, "--count", 1)
    assert (found["data"]["code"], found["data"]["value"]) == ("bad-data", {"a": "***"})


async def test_a_line_is_no_wider_than_the_terminal(bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key, log = uuid7(), Log()
    await sent(bootstrap, log.record(assigned(key)))
    monkeypatch.setenv("COLUMNS", "80")
    told = await antar("tail", TOPIC, "--from", "1h", "--key", key, "--count", 1, "--kafka", bootstrap)
    (line,) = told.stdout.splitlines()
    assert len(line) == 80
    assert f" delivery {key} 1 DeliveryAssigned {{" in line


@pytest.mark.parametrize(("back", "digits"), [(0, "dd:dd:dd "), (3, "dddd-dd-dd dd:dd:dd ")])
def test_the_day_is_told_unless_it_is_today(back: int, digits: str) -> None:
    at = datetime.now(UTC) - timedelta(days=back)
    told = line(Log().record(assigned(uuid7())), int(at.timestamp() * 1000)).as_text(None)
    assert re.match(digits.replace("d", r"\d"), told)


async def test_a_topic_that_is_not_there_is_named_beside_those_that_are(bootstrap: str) -> None:
    told = await antar("tail", "dispatch.delivry.v1", "--kafka", bootstrap)
    assert told.exit_code == 1
    assert "There is no topic 'dispatch.delivry.v1'" in told.stderr
    assert TOPIC in told.stderr


async def test_it_leaves_no_consumer_group_behind(bootstrap: str) -> None:
    key = uuid7()
    await sent(bootstrap, Log().record(assigned(key)))
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    before = set(await admin.list_consumer_groups())
    await told(bootstrap, TOPIC, "--from", "1h", "--key", key, "--count", 1)
    assert set(await admin.list_consumer_groups()) == before
    await admin.close()


async def test_it_goes_on_where_it_was_when_the_broker_is_back_and_ends_quietly(tmp_path: Path) -> None:
    kafka = EmbeddedKafka(tmp_path / "kafka")
    await asyncio.to_thread(kafka.start)
    try:
        await apply(kafka.bootstrap)
        first, second, log = uuid7(), uuid7(), Log()
        await sent(kafka.bootstrap, log.record(assigned(first)))
        async with tailing(kafka.bootstrap, "--from", "beginning") as tail:
            assert str(first) in await next_line(tail.stdout)
            await asyncio.to_thread(kafka.kill)
            assert "does not answer; waiting" in await next_line(tail.stderr)
            await asyncio.to_thread(kafka.start)
            assert "is back" in await next_line(tail.stderr)
            await sent(kafka.bootstrap, log.record(assigned(second)))
            assert str(second) in await next_line(tail.stdout)
            tail.send_signal(signal.SIGINT)
            out, errors = await asyncio.wait_for(tail.communicate(), 30)
        assert (tail.returncode, out, errors) == (0, b"", b"")
    finally:
        await asyncio.to_thread(kafka.stop)
