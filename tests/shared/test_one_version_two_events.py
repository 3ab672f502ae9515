"""Two events claim the same place of one history while it is not applied yet: neither may be lost without a word."""

from dataclasses import replace

import pytest
from uuid_utils.compat import uuid7

from shared.events.cloudevents import read
from tests.harness import Log, Logged
from tests.shared.conftest import Reader, assigned, completed
from tests.shared.test_poll import refusing


async def settle(reader: Reader, *records: Logged) -> None:
    """Their writer has said them again under a free version."""
    ids = [read(record).event_id for record in records]
    await reader.pool.execute("insert into settled_event select unnest($1::uuid[])", ids)


async def test_a_history_rewritten_while_its_event_was_set_aside_is_noticed_once_its_turn_comes(reader: Reader) -> None:
    key = uuid7()
    reader.before_effect = refusing(key)
    await reader.applier.apply([reader.log.record(assigned(key))])
    await reader.applier.apply([replace(Log().record(assigned(key, badge="TKK-0002")), offset=1_000)])
    assert await reader.parked() == [(str(key), 1, "handler-refused")] * 2
    reader.before_effect = None
    await reader.applier.retry_refused()
    assert await reader.applier.drain() == 0
    assert await reader.applier.stopped() == {"dispatch.delivery.v1"}
    assert await reader.effects() == []


async def test_of_two_events_that_wait_for_the_same_place_the_settled_one_gives_way(reader: Reader) -> None:
    key = uuid7()
    first, second = reader.log.record(assigned(key)), reader.log.record(completed(key))
    displaced = Log().record(completed(key), 2)
    await reader.applier.apply([displaced, second])
    assert await reader.parked() == [(str(key), 2, "gap")] * 2
    await settle(reader, displaced)
    await reader.applier.apply([first])
    assert await reader.applier.drain() == 2
    assert await reader.versions_of(key) == [1, 2]
    assert await reader.pool.fetchval("select event_id from stream_position") == read(second).event_id


@pytest.mark.parametrize("header", ["ce_id", "ce_type"])
async def test_a_stranger_without_a_readable_envelope_does_not_take_the_place_of_an_event(
    reader: Reader, header: str
) -> None:
    key = uuid7()
    first, second = reader.log.record(assigned(key)), reader.log.record(completed(key))
    stranger = Log().record(completed(key), 2)
    stranger = replace(stranger, offset=1_000, headers=[h for h in stranger.headers if h[0] != header])
    await reader.applier.apply([stranger])
    await reader.applier.apply([second])
    await reader.applier.apply([first])
    await reader.applier.drain()
    assert await reader.versions_of(key) == [1, 2]
    assert await reader.parked() == [(str(key), 2, "missing-header")]


async def test_the_same_event_in_two_entries_of_the_log_is_set_aside_once(reader: Reader) -> None:
    reader.log.record(assigned(key := uuid7()))
    second = reader.log.record(completed(key))
    await reader.applier.apply([second, reader.log.again(second)])
    assert await reader.parked() == [(str(key), 2, "gap")]


async def test_what_was_said_again_is_passed_over_by_a_reader_that_never_came_so_far(reader: Reader) -> None:
    key, other = uuid7(), uuid7()
    displaced = Log().record(assigned(key))
    await settle(reader, displaced)
    await reader.applier.apply([displaced, reader.log.record(assigned(other))])
    assert await reader.effects() == [(str(other), 1)]
    await reader.applier.apply([reader.log.record(assigned(key))])
    assert await reader.versions_of(key) == [1]
