"""A record without a readable envelope stays set aside, and holds nobody up, when its aggregate has gone past it."""

import asyncio
from dataclasses import replace

import pytest
from uuid_utils.compat import uuid7

from tests.harness import Logged
from tests.shared.conftest import Reader, assigned, completed, recipient


def without_a_type(record: Logged) -> Logged:
    return replace(record, headers=[(n, b"\xff" if n == "ce_type" else v) for n, v in record.headers])


async def drained(reader: Reader) -> int:
    # Without the guard a drain takes the same record out and sets it aside for ever.
    return await asyncio.wait_for(reader.applier.drain(), 10)


async def test_the_trials_of_what_is_set_aside_end_though_an_older_state_cannot_be_read(reader: Reader) -> None:
    key = uuid7()
    broken = without_a_type(reader.log.record(recipient(key, "SITI")))
    await reader.applier.apply([broken, reader.log.record(recipient(key, "SITI A"))])
    assert await drained(reader) == 0
    assert await reader.versions_of(key) == [2]
    assert await reader.parked() == [(str(key), 1, "bad-header")]


async def test_the_trials_of_what_is_set_aside_end_though_a_copy_of_an_old_event_cannot_be_read(reader: Reader) -> None:
    key = uuid7()
    first = reader.log.record(assigned(key))
    await reader.applier.apply([first, reader.log.record(completed(key))])
    await reader.applier.apply([replace(without_a_type(first), offset=first.offset + 1000)])
    assert await drained(reader) == 0
    assert await reader.parked() == [(str(key), 1, "bad-header")]


async def test_what_cannot_be_read_is_tried_once_when_a_person_asks_for_it(reader: Reader) -> None:
    key = uuid7()
    broken = without_a_type(reader.log.record(recipient(key, "SITI")))
    await reader.applier.apply([broken, reader.log.record(recipient(key, "SITI A"))])
    await reader.applier.retry_refused()
    assert await drained(reader) == 0
    assert await reader.pool.fetchrow("select attempts, retry from parked") == (2, False)


@pytest.mark.parametrize("version", [1, 2])
async def test_what_can_be_read_and_was_overtaken_is_dropped(reader: Reader, version: int) -> None:
    key = uuid7()
    broken = replace(reader.log.record(recipient(key, "SITI"), version), value=b"{broken")
    await reader.applier.apply([broken])
    await reader.applier.apply([reader.log.record(recipient(key, "SITI A"), 3)])
    assert await drained(reader) == 1
    assert await reader.parked() == []
