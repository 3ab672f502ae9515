"""A new release takes over while people work, and the old one after it: nobody waits long, nothing is lost."""

import asyncio
import json
from collections import Counter
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.kafka import client
from shared.version import version
from tests.compose.conftest import REPORT
from tests.compose.installation import SERVICES, Compose
from tests.compose.load import Load
from tests.compose.next_release import AFTER, BEFORE, FIELD, VERSION, NextRelease
from tests.compose.outside import Installation
from tests.tools.conftest import until
from tools.upgrade.looking import Sight, look

TOPIC = "intake.application.v1"
MORE = 20
"""Applications under each version before the next takes over."""


async def test_an_upgrade_and_the_way_back_stop_nobody_and_lose_nothing(
    installation: Compose, outside: Installation
) -> None:
    release = NextRelease(installation.folder)
    async with Load(outside) as load:
        await load.until_more(MORE)
        release.comes()
        told = await asyncio.to_thread(installation.upgrade)
        assert f"Before: {BEFORE}. After: {AFTER}." in told
        assert {one for sight in (await _sights(outside)).values() for one in sight.running} == {VERSION}
        await load.until_more(MORE)
        release.goes()
        told = await asyncio.to_thread(installation.upgrade)
        assert "Newer code added 0198; this version goes on with it." in told
        assert {one for sight in (await _sights(outside)).values() for one in sight.running} == {version()}
        await load.until_more(MORE)
    assert load.failed == {}
    # Nobody but who sends it knows that a POST may be sent again: where it met the end of a container it may fail, once.
    assert load.sent_again.total() <= 2, load.sent_again
    await _everybody_is_known(outside, load.registered)
    for name, sight in (await _sights(outside)).items():
        assert (name, sight.parked, sight.stopped) == (name, 0, ())
    said = await _recorded(outside, load.registered)
    assert said.keys() == set(load.registered)
    assert Counter(FIELD in data for data in said.values()).keys() == {True, False}
    told_before = json.loads(REPORT.read_text())
    waits = {name: round(seconds, 2) for name, seconds in sorted(load.longest.items())}
    about = {"answered": load.answered, "sent again": load.sent_again, "longest wait in seconds": waits}
    REPORT.write_text(json.dumps({**told_before, "an upgrade and back": about}, indent=1) + "\n")


async def test_a_service_that_keeps_ending_does_not_stand_in_the_way_back(
    installation: Compose, outside: Installation
) -> None:
    file = installation.folder / "services/notify/app.py"
    kept = file.read_text()
    file.write_text('raise RuntimeError("a release that cannot start")\n')
    await asyncio.to_thread(installation.compose, "build", "--quiet", "notify")
    await asyncio.to_thread(installation.compose, "up", "--detach", "--no-deps", "notify")

    async def it_keeps_ending() -> bool:
        return installation.restarts()["notify"] >= 1

    await until(it_keeps_ending, 60)
    file.write_text(kept)
    await asyncio.to_thread(installation.upgrade)
    assert installation.await_healthy(1) < 1
    assert (await _sights(outside))["notify"].running == (version(),)


async def _sights(outside: Installation) -> dict[str, Sight]:
    sights, silent = await look({name: outside.dsn(name) for name in SERVICES})
    assert silent == {}
    return sights


async def _everybody_is_known(outside: Installation, registered: list[UUID]) -> None:
    """Waits until who recorded them and who tells the applicants know the same applications."""
    intake, notify = [await asyncpg.connect(outside.dsn(name)) for name in ("intake", "notify")]
    try:
        assert await intake.fetchval("select count(*) from application where id = any ($1)", registered) == len(
            set(registered)
        )

        async def all_are_known() -> bool:
            known = "select count(*) from application where application_id = any ($1) and recorded_at is not null"
            return bool(await notify.fetchval(known, registered) == len(registered))

        await until(all_are_known, 60)
    finally:
        await intake.close()
        await notify.close()


async def _recorded(outside: Installation, registered: list[UUID]) -> dict[UUID, dict[str, object]]:
    """What the log says of each when it was recorded."""
    wanted, found = set(registered), dict[UUID, dict[str, object]]()
    async with AIOKafkaConsumer(
        TOPIC, **client(outside.bootstrap), auto_offset_reset="earliest", group_id=None
    ) as consumer:
        partitions = [TopicPartition(TOPIC, number) for number in consumer.partitions_for_topic(TOPIC)]
        left = {at: end for at, end in (await consumer.end_offsets(partitions)).items() if end}
        while left:
            for at, records in (await consumer.getmany(timeout_ms=5000)).items():
                for record in records:
                    key = UUID(record.key.decode())
                    if key in wanted and ("ce_type", b"ApplicationRecorded") in record.headers:
                        found[key] = json.loads(record.value)
                if at in left and records[-1].offset + 1 >= left[at]:
                    del left[at]
    return found
