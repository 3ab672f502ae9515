"""What the position guard, the claim, parking and the drain promise, on real PostgreSQL."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY
from uuid_utils.compat import uuid7

from shared.events.intake import RECIPIENT
from shared.messaging import PermanentError, Received, Transaction, poll
from shared.messaging.errors import ReleaseIsBadError, RivalError
from shared.messaging.poll import Applier
from shared.messaging.transaction import Database
from tests.harness import Log
from tests.shared.conftest import Reader, assigned, completed, recipient


def refusing(*keys: Any, error: type[Exception] = PermanentError) -> Any:
    """A handler's first line that refuses the events of some keys."""
    wanted = {str(k) for k in keys}

    async def refuse(received: Sequence[Received[Any]], tx: Transaction) -> None:
        if any(r.key in wanted for r in received):
            raise error

    return refuse


async def test_an_event_that_comes_twice_takes_effect_once(reader: Reader) -> None:
    key = uuid7()
    records = [reader.log.record(assigned(key)), reader.log.record(completed(key))]
    await reader.applier.apply(records + records)
    await reader.applier.apply(records)
    assert await reader.versions_of(key) == [1, 2]


async def test_events_of_one_application_take_effect_in_their_order_though_their_types_alternate(
    reader: Reader,
) -> None:
    key, other = uuid7(), uuid7()
    history = [assigned(key), completed(key), assigned(other), assigned(key), assigned(key), completed(key)]
    await reader.applier.apply([reader.log.record(e) for e in history])
    assert await reader.versions_of(key) == [1, 2, 3, 4, 5]
    assert await reader.versions_of(other) == [1]


async def test_an_event_before_its_turn_waits_and_takes_effect_when_its_turn_has_come(reader: Reader) -> None:
    key = uuid7()
    first, second, third = (reader.log.record(assigned(key)) for _ in range(3))
    await reader.applier.apply([third])
    await reader.applier.apply([second])
    assert await reader.effects() == []
    assert await reader.parked() == [(str(key), 2, "gap"), (str(key), 3, "gap")]
    await reader.applier.apply([first])
    await reader.applier.drain()
    assert await reader.versions_of(key) == [1, 2, 3]
    assert await reader.parked() == []


async def test_the_history_of_a_new_application_cannot_begin_in_its_middle(reader: Reader) -> None:
    key = uuid7()
    reader.log.record(assigned(key))
    await reader.applier.apply([reader.log.record(completed(key))])
    assert await reader.effects() == []


async def test_a_refused_event_is_set_aside_with_what_follows_on_its_key_and_others_go_on(reader: Reader) -> None:
    bad, good = uuid7(), [uuid7() for _ in range(30)]
    reader.before_effect = refusing(bad)
    records = [reader.log.record(assigned(k)) for k in (*good[:15], bad, *good[15:])]
    records += [reader.log.record(completed(bad)), reader.log.record(completed(good[3]))]
    await reader.applier.apply(records)
    assert sorted(await reader.effects()) == sorted([(str(k), 1) for k in good] + [(str(good[3]), 2)])
    assert await reader.parked() == [(str(bad), 1, "handler-refused"), (str(bad), 2, "gap")]


async def test_what_a_refused_event_announced_before_it_was_refused_is_forgotten(reader: Reader) -> None:
    bad, good = uuid7(), uuid7()

    async def announce_then_refuse(received: Sequence[Received[Any]], tx: Transaction) -> None:
        for r in received:
            tx.announce(assigned(r.event.application_id))
            if r.key == str(bad):
                raise PermanentError

    reader.before_effect = announce_then_refuse
    await reader.applier.apply([reader.log.record(assigned(bad)), reader.log.record(assigned(good))])
    rows = await reader.pool.fetch("select key, version from outbox where topic = 'dispatch.delivery.v1'")
    assert [tuple(r) for r in rows] == [(str(good), 1)]


async def test_parked_events_take_effect_in_order_once_the_cause_is_mended(reader: Reader) -> None:
    bad = uuid7()
    reader.before_effect = refusing(bad, error=KeyError)
    await reader.applier.apply([reader.log.record(e) for e in (assigned(bad), completed(bad))])
    assert await reader.applier.drain() == 0, "the automatic drain leaves refused events alone"
    reader.before_effect = None
    await reader.applier.retry_refused()
    assert await reader.applier.drain() == 2
    assert await reader.versions_of(bad) == [1, 2]
    assert await reader.parked() == []


async def test_more_refused_events_than_fit_into_one_transaction_are_all_tried_again(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [uuid7() for _ in range(7)]
    reader.before_effect = refusing(*keys)
    await reader.applier.apply([reader.log.record(assigned(k)) for k in keys])
    reader.before_effect = refusing(*keys[:4])
    monkeypatch.setattr(poll, "DRAIN_ROWS", 2)
    await reader.applier.retry_refused()
    assert await reader.applier.drain() == 3
    assert sorted(key for key, _ in await reader.effects()) == sorted(str(k) for k in keys[4:])


async def test_each_new_trial_of_a_refused_event_is_counted(reader: Reader) -> None:
    bad = uuid7()
    reader.before_effect = refusing(bad)
    await reader.applier.apply([reader.log.record(assigned(bad))])
    await reader.applier.retry_refused()
    await reader.applier.drain()
    assert await reader.pool.fetchval("select attempts from parked") == 2


async def test_trouble_that_passes_while_poison_is_searched_parks_nothing_either(reader: Reader) -> None:
    refused_then_unwell = iter([PermanentError, asyncpg.DeadlockDetectedError])

    async def refuse(received: Sequence[Received[Any]], tx: Transaction) -> None:
        raise next(refused_then_unwell)

    reader.before_effect = refuse
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await reader.applier.apply([reader.log.record(assigned(uuid7()))])
    assert await reader.parked() == []


async def test_trouble_that_passes_parks_nothing_and_changes_nothing(reader: Reader) -> None:
    key = uuid7()
    record = reader.log.record(assigned(key))
    reader.before_effect = refusing(key, error=asyncpg.DeadlockDetectedError)
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await reader.applier.apply([record])
    assert await reader.parked() == []
    reader.before_effect = None
    await reader.applier.apply([record])
    assert await reader.versions_of(key) == [1]


async def test_a_release_that_refuses_much_of_a_poll_parks_nothing_and_stops(reader: Reader) -> None:
    keys = [uuid7() for _ in range(40)]
    reader.before_effect = refusing(*keys)
    with pytest.raises(ReleaseIsBadError):
        await reader.applier.apply([reader.log.record(assigned(k)) for k in keys])
    assert await reader.parked() == []
    reader.before_effect = None
    await reader.applier.apply([Log().record(assigned(k)) for k in keys])
    assert len(await reader.effects()) == 40


async def test_of_two_consumers_with_the_same_events_one_wins_and_no_effect_is_doubled(reader: Reader) -> None:
    keys = [uuid7() for _ in range(20)]
    records = [reader.log.record(assigned(k)) for k in keys]
    rival = Applier(reader.consumer, Database(reader.pool, "dispatch"))

    async def until_done(applier: Applier) -> None:
        for _ in range(20):
            try:
                return await applier.apply(records)
            except RivalError:
                continue
        raise AssertionError("a rival never came through")

    await asyncio.gather(*(until_done(a) for a in (reader.applier, rival) for _ in range(3)))
    assert sorted(await reader.effects()) == sorted((str(k), 1) for k in keys)


async def test_the_claim_comes_before_the_handlers_so_that_a_rival_never_makes_a_handler_fail(reader: Reader) -> None:
    await reader.pool.execute("create unique index on effect (key, version)")
    keys = [uuid7() for _ in range(5)]
    records = [reader.log.record(assigned(k)) for k in keys]
    rival_has_applied = asyncio.Event()
    rival = Reader(reader.pool, reader.dsn, reader.log)

    async def rival_overtakes(received: Sequence[Received[Any]], tx: Transaction) -> None:
        raise AssertionError("a handler ran though the positions were not its own")

    async def claim_then_lose() -> None:
        # The rival's claim is not committed yet: we must wait for it at our own, before any handler runs.
        reader.before_effect = rival_overtakes
        await reader.applier.apply(records)

    async def hold(received: Sequence[Received[Any]], tx: Transaction) -> None:
        loser = asyncio.create_task(claim_then_lose())
        waiting = (
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        while not await reader.pool.fetchval(waiting):
            assert not loser.done(), "the loser did not wait for the winner's claim"
        rival_has_applied.set()
        hold.loser = loser  # type: ignore[attr-defined]

    rival.before_effect = hold
    await rival.applier.apply(records)
    await hold.loser  # type: ignore[attr-defined]
    assert rival_has_applied.is_set()
    assert len(await reader.effects()) == 5
    assert await reader.parked() == []


async def test_a_type_nobody_handles_moves_the_position_so_that_what_follows_is_heard(reader: Reader) -> None:
    key = uuid7()
    unknown = reader.log.record(assigned(key))
    unknown = replace(unknown, headers=[(n, b"DeliveryBlessed" if n == "ce_type" else v) for n, v in unknown.headers])
    await reader.applier.apply([unknown, reader.log.record(completed(key))])
    assert await reader.versions_of(key) == [2]


async def test_what_was_refused_and_what_waits_behind_it_is_not_counted_as_applied(reader: Reader) -> None:
    def applied() -> float:
        return REGISTRY.get_sample_value("antar_events_applied_total", labels) or 0.0

    reader.consumer.group = f"notify-{uuid7()}"
    labels = {"group": reader.consumer.group, "topic": "dispatch.delivery.v1"}
    bad, good = uuid7(), uuid7()
    reader.before_effect = refusing(bad)
    await reader.applier.apply([reader.log.record(e) for e in (assigned(bad), assigned(good), completed(bad))])
    assert applied() == 1


async def test_of_a_state_the_last_one_wins_whatever_compaction_removed(reader: Reader) -> None:
    key = uuid7()
    await reader.applier.apply([reader.log.record(recipient(key, "SITI"), version=7)])
    await reader.applier.apply([reader.log.record(recipient(key, "SITI"), version=5)])
    await reader.applier.apply([reader.log.record(recipient(key, "SITI A"), version=12)])
    assert await reader.versions_of(key) == [7, 12]


async def test_an_empty_value_on_a_state_stream_erases(reader: Reader) -> None:
    key = uuid7()
    await reader.applier.apply([reader.log.record(recipient(key, "SITI")), reader.log.tombstone(RECIPIENT, str(key))])
    assert [r["what"] for r in await reader.pool.fetch("select what from effect order by id")] == [
        "RecipientRegistered",
        "erased",
    ]
