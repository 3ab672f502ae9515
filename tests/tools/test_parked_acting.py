"""Records are tried once more or dropped by people, beside a service that goes on working."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from shared.messaging.errors import is_transient
from tests.harness import Log, Logged
from tests.shared.conftest import Reader, assigned, completed, recipient
from tests.shared.test_poll import refusing
from tests.tools.conftest import Command, said, until
from tools.deployment import SESSION
from tools.parked import retrying
from tools.parked.choice import Choice

TOPIC = "dispatch.delivery.v1"
WAITS = """
select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')
"""


async def refused(reader: Reader, key: Any, *, events: int = 3) -> list[Logged]:
    """The first event of a key is refused; what follows waits behind it."""
    reader.before_effect = refusing(key, error=KeyError)
    records = [reader.log.record(assigned(key) if n < events - 1 else completed(key)) for n in range(events)]
    await reader.applier.apply(records)
    reader.before_effect = None
    return records


@asynccontextmanager
async def running(reader: Reader) -> AsyncIterator[None]:
    """The service drains again and again, as it does when it runs."""

    async def drain() -> None:
        while True:
            try:
                await reader.applier.drain()
            except Exception as error:  # a rival, a deadlock: the service tries again too
                if not is_transient(error):
                    raise
            await asyncio.sleep(0.05)

    task = asyncio.create_task(drain())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def actions(reader: Reader) -> list[tuple[str, str, str, int]]:
    rows = await reader.pool.fetch("select who, action, reason, version from parked_action order by id")
    return [tuple(row) for row in rows]


async def test_a_mended_record_is_tried_once_more_and_what_queued_behind_it_follows(
    reader: Reader, parked: Command
) -> None:
    key = uuid7()
    await refused(reader, key)
    async with running(reader):
        told = await parked("retry", "--key", key, "--who", "budi", "--reason", "release 7", "--json")
    assert told.exit_code == 0, told.output
    fate = said(told)["services"]["notify"]
    assert (fate["marked"], fate["left"], fate["back"], fate["untried"], fate["waiting"]) == (1, 1, {}, 0, 2)
    assert await reader.versions_of(key) == [1, 2, 3]
    assert await actions(reader) == [("budi", "retry", "release 7", 1)]


@pytest.mark.parametrize(("told", "kept"), [("budi", "budi"), ("", "sari")])
async def test_who_sits_at_the_machine_is_kept_also_from_inside_a_container(
    reader: Reader, parked: Command, monkeypatch: pytest.MonkeyPatch, told: str, kept: str
) -> None:
    monkeypatch.setenv("ANTAR_WHO", told)
    monkeypatch.setenv("SUDO_USER", "sari")
    key = uuid7()
    await refused(reader, key)
    await parked("retry", "--key", key, "--no-wait")
    assert [who for who, *_ in await actions(reader)] == [kept]


async def test_what_is_refused_again_is_told_as_come_back(reader: Reader, parked: Command) -> None:
    key = uuid7()
    await refused(reader, key)
    reader.before_effect = refusing(key, error=LookupError)
    async with running(reader):
        told = await parked("retry", "--code", "handler-failed")
    assert told.exit_code == 1
    assert "1 came back with handler-failed:LookupError" in told.stdout


async def test_a_retry_marks_no_more_a_second_than_it_was_told(reader: Reader, parked: Command) -> None:
    keys = [uuid7() for _ in range(3)]
    for key in keys:
        await refused(reader, key, events=1)
    seen = []

    async def look() -> None:
        while len(seen) < 3:
            marked = await reader.pool.fetchval("select count(*) from parked where retry")
            if marked not in (0, *seen):
                seen.append(marked)
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(look())
    await parked("retry", "--all", "--rate", 1, "--no-wait")
    await asyncio.wait_for(watching, 10)
    assert seen == [1, 2, 3]


async def test_a_dry_run_changes_nothing(reader: Reader, parked: Command) -> None:
    key = uuid7()
    await refused(reader, key)
    assert "1 would be tried once more" in (await parked("retry", "--all", "--dry-run")).stdout
    assert "3 would be dropped" in (await parked("drop", "--all", "--dry-run", "--reason", "x")).stdout
    assert await actions(reader) == []
    assert await reader.pool.fetchval("select count(*) from parked where not retry") == 3


async def test_when_the_poison_is_dropped_what_queued_behind_it_goes_on(reader: Reader, parked: Command) -> None:
    key = uuid7()
    records = await refused(reader, key)
    told = await parked("drop", "--code", "handler-failed", "--who", "budi", "--reason", "forged", "--yes")
    assert told.exit_code == 0, told.output
    assert "notify: 1 dropped" in told.stdout
    assert await reader.applier.drain() == 2
    assert await reader.versions_of(key) == [2, 3]
    assert await actions(reader) == [("budi", "drop", "forged", 1)]
    await reader.applier.apply(records)
    assert await reader.versions_of(key) == [2, 3], "read again, the dropped record is a duplicate"
    assert await reader.parked() == []


async def test_a_dropped_version_that_comes_again_as_another_event_is_an_alarm(reader: Reader, parked: Command) -> None:
    key = uuid7()
    await refused(reader, key, events=1)
    await parked("drop", "--key", key, "--reason", "forged", "--yes")
    await reader.applier.apply([reader.log.record(assigned(key), 1)])
    assert await reader.applier.stopped() == {TOPIC}


async def test_what_waits_for_another_is_not_dropped_without_it(reader: Reader, parked: Command) -> None:
    key = uuid7()
    await refused(reader, key)
    told = await parked("drop", "--code", "gap", "--reason", "x", "--yes")
    assert told.exit_code == 1
    assert "no. 2 waits for no. 1, which is set aside too" in told.stdout
    assert len(await reader.parked()) == 3
    told = await parked("drop", "--key", key, "--reason", "all of it", "--yes", "--json")
    assert said(told)["dropped"] == {"notify": 3}
    assert await reader.parked() == []
    assert await reader.pool.fetchval("select version from stream_position where key = $1", str(key)) == 3


async def test_a_forged_event_is_dropped_and_the_true_one_of_its_version_keeps_its_turn(
    reader: Reader, parked: Command
) -> None:
    key = uuid7()
    first, second, third = (reader.log.record(assigned(key)) for _ in range(3))
    forged = replace(Log().record(assigned(key), 2), offset=1_000)
    await reader.applier.apply([forged, second, third])
    await reader.applier.apply([first])
    told = await parked("drop", f"{TOPIC}/{forged.partition}/1000", "--reason", "forged", "--yes")
    assert "notify: 1 dropped" in told.stdout
    await reader.applier.drain()
    assert await reader.versions_of(key) == [1, 2, 3]
    assert await reader.parked() == []


async def test_a_forged_event_that_has_stopped_its_stream_is_dropped_and_the_stream_goes_on_when_resumed(
    reader: Reader, parked: Command
) -> None:
    key = uuid7()
    forged = replace(Log().record(assigned(key), 1), offset=1_000, value=b"{broken")
    await reader.applier.apply([forged])
    await reader.applier.apply([reader.log.record(assigned(key))])
    await reader.applier.drain()
    assert await reader.applier.stopped() == {TOPIC}
    told = await parked("drop", f"{TOPIC}/{forged.partition}/1000", "--reason", "forged", "--yes")
    assert "notify: 1 dropped" in told.stdout
    await reader.pool.execute("delete from stopped_stream")  # as `antar history resume` does
    await reader.applier.apply([reader.log.record(completed(key))])
    await reader.applier.drain()
    assert await reader.applier.stopped() == set()
    assert await reader.versions_of(key) == [1, 2]


async def test_what_waits_for_an_event_that_has_not_come_is_not_dropped(reader: Reader, parked: Command) -> None:
    key = uuid7()
    await reader.applier.apply([reader.log.record(completed(key), 2)])
    told = await parked("drop", "--key", key, "--reason", "x", "--yes")
    assert "no. 2 waits for no. 1, which has not come yet" in told.stdout
    assert len(await reader.parked()) == 1


async def test_a_forged_number_beyond_all_bounds_is_refused_at_once(reader: Reader, parked: Command) -> None:
    await reader.applier.apply([reader.log.record(completed(uuid7()), 2**63 - 1)])
    told = await asyncio.wait_for(parked("drop", "--all", "--reason", "x", "--yes"), 20)
    assert "waits for no. 1, which has not come yet" in told.stdout


async def test_what_was_applied_meanwhile_is_not_told_as_dropped(reader: Reader, parked: Command) -> None:
    key = uuid7()
    await reader.applier.apply(await refused(reader, key))
    assert await reader.versions_of(key) == [1, 2, 3]
    assert (await parked("drop", "--key", key, "--reason", "x", "--yes")).exit_code == 0
    assert await actions(reader) == []


async def test_one_refusal_keeps_everything_where_it_is(reader: Reader, parked: Command) -> None:
    early, bad = uuid7(), uuid7()
    await reader.applier.apply([reader.log.record(completed(early), 2)])
    await refused(reader, bad, events=1)
    assert "So nothing was dropped" in (await parked("drop", "--all", "--reason", "x", "--yes")).stdout
    assert len(await reader.parked()) == 2


async def test_a_record_without_key_or_number_is_just_dropped(reader: Reader, parked: Command) -> None:
    nameless = replace(reader.log.record(assigned(uuid7())), key=None)
    unnumbered = reader.log.record(assigned(uuid7()))
    unnumbered = replace(unnumbered, headers=[h for h in unnumbered.headers if h[0] != "ce_sequence"])
    await reader.applier.apply([nameless, unnumbered])
    told = await parked("drop", "--topic", TOPIC, "--reason", "forged", "--yes")
    assert "notify: 2 dropped" in told.stdout
    assert await reader.pool.fetchval("select count(*) from stream_position") == 0


async def test_a_refused_state_is_dropped_and_swallows_none_that_its_owner_says(
    reader: Reader, parked: Command
) -> None:
    key = uuid7()
    bad = replace(reader.log.record(recipient(key, "SITI"), 4), value=b"{")
    await reader.applier.apply([bad])
    assert (await parked("drop", "--key", key, "--reason", "x", "--yes")).exit_code == 0
    await reader.applier.apply([reader.log.record(recipient(key, "SITI A"), 2)])
    assert await reader.versions_of(key) == [2]


@pytest.mark.parametrize("answer", ["n\n", ""])
async def test_nothing_is_dropped_without_a_yes(reader: Reader, parked: Command, answer: str) -> None:
    await refused(reader, uuid7())
    assert (await parked("drop", "--all", "--reason", "x")).exit_code == 1
    assert len(await reader.parked()) == 3


async def test_a_record_that_the_service_is_trying_is_left_to_it(reader: Reader, parked: Command) -> None:
    key = uuid7()
    await refused(reader, key, events=1)
    async with reader.pool.acquire() as service, service.transaction():
        await service.execute("select from parked for update")
        told = await parked("drop", "--all", "--reason", "x", "--yes")
    assert told.exit_code == 1
    assert "the service is busy with it" in told.stdout
    assert await actions(reader) == []
    assert len(await reader.parked()) == 1
    assert await reader.pool.fetchval("select count(*) from stream_position where version > 0") == 0


async def test_a_key_that_the_service_holds_too_long_is_left_alone_and_the_others_are_told(
    reader: Reader, parked: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, free = uuid7(), uuid7()
    for key in (held, free):
        await reader.applier.apply([reader.log.record(assigned(key))])
        await refused(reader, key, events=1)
    monkeypatch.setitem(SESSION, "lock_timeout", "200ms")
    async with reader.pool.acquire() as service, service.transaction():
        await service.execute("select from stream_position where key = $1 for update", str(held))
        told = said(await parked("drop", "--all", "--reason", "x", "--yes", "--json"))
    assert (told["dropped"], len(told["refused"]), told["unanswered"]) == ({"notify": 1}, 1, {})
    assert [key for key, _, _ in await reader.parked()] == [str(held)]


async def test_a_drop_waits_for_a_poll_of_the_same_key_and_then_leaves_it_alone(
    reader: Reader, parked: Command
) -> None:
    key = uuid7()
    await reader.applier.apply([reader.log.record(assigned(key))])
    await refused(reader, key, events=1)
    async with reader.pool.acquire() as service:
        async with service.transaction():
            await service.execute("update stream_position set version = 2, event_id = null where key = $1", str(key))
            dropping = asyncio.create_task(parked("drop", "--all", "--reason", "x", "--yes"))
            await until(lambda: reader.pool.fetchval(WAITS))
            # The same record, read again: were it being deleted already, the two would wait for each other.
            await service.execute("insert into parked select * from parked on conflict do nothing")
        told = await dropping
    assert "the service has gone on with this key meanwhile" in told.stdout
    assert await actions(reader) == []
    assert await reader.applier.drain() == 1, "what was overtaken leaves by itself"


async def test_drops_and_drains_and_polls_at_once_lose_nothing_and_apply_nothing_twice(
    reader: Reader, parked: Command
) -> None:
    keys = [uuid7() for _ in range(40)]
    records = []
    for key in keys:
        records += await refused(reader, key)

    async def poll_again() -> None:
        for _ in range(20):
            with suppress(Exception):
                await reader.applier.apply(records)
            await asyncio.sleep(0.01)

    async def mark() -> retrying.Retried:
        # Not by the command line: two of them at once would share one screen in a test.
        async with reader.pool.acquire() as conn:
            signature = retrying.Signature("budi", "")
            return await retrying.retry(conn, "notify", Choice(code="handler-failed"), signature, rate=None, wait=0)

    async with running(reader):
        drop, _, _ = await asyncio.gather(
            parked("drop", "--code", "handler-failed", "--reason", "x", "--yes", "--json"),
            poll_again(),
            mark(),
        )
        await until(lambda: reader.pool.fetchval("select not exists (select from parked)"))
    dropped = {row["key"] for row in await reader.pool.fetch("select key from parked_action where action = 'drop'")}
    assert len(dropped) == said(drop).get("dropped", {}).get("notify", 0)
    for key in keys:
        expected = [2, 3] if str(key) in dropped else [1, 2, 3]
        assert await reader.versions_of(key) == expected


async def test_the_history_says_who_did_what_without_what_people_type_by_mistake(
    reader: Reader, parked: Command
) -> None:
    await refused(reader, uuid7())
    await parked("drop", "--all", "--who", "budi", "--reason", "asked by 0812-3456-7890", "--yes")
    told = await parked("history")
    assert "budi" in told.stdout
    assert "asked by ***" in told.stdout
    assert "3456" not in str(await actions(reader))
    assert len(said(await parked("history", "--json"))["actions"]) == 3
