"""A connection that was lost at an awkward moment is trouble that passes, and never makes a process deaf."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.conn import AIOKafkaConnection
from faststream.kafka import KafkaBroker
from uuid_utils.compat import uuid7

from shared.lock import SoleHolder
from shared.messaging import hearing
from shared.messaging.errors import is_transient
from tests.platform import Platform
from tests.shared.conftest import Reader, assigned
from tests.shared.test_subscription import bootstrap, eventually, running, write

__all__ = ["bootstrap"]

RESET = "unable to perform operation on <TCPTransport closed=True reading=False 0x1>; the handler is closed"
"""uvloop's RuntimeError."""


def end_all_sessions(platform: Platform, database: str) -> None:
    """The server ends them while this process is held up, as in a freeze: nothing of it is read yet."""
    platform.postgres.query(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'")
    time.sleep(0.1)


@pytest.mark.parametrize("turns", range(5))
async def test_a_session_that_was_ended_while_nobody_listened_is_trouble_that_passes(
    platform: Platform, database: Callable[[str], str], turns: int
) -> None:
    address = database("core")
    conn = await asyncpg.connect(address)
    end_all_sessions(platform, address.rpartition("/")[2])
    for _ in range(turns):
        await asyncio.sleep(0)
    with pytest.raises(Exception) as lost:  # noqa: PT011 - which one depends on the turn
        await conn.execute("select 1")
    assert is_transient(lost.value), repr(lost.value)


@pytest.mark.parametrize("turns", range(5))
async def test_a_lock_whose_session_was_ended_while_nobody_listened_is_taken_again(
    platform: Platform, database: Callable[[str], str], turns: int
) -> None:
    address = database("core")
    now = 0.0
    lock = SoleHolder(address, "a worker", clock=lambda: now)
    assert await lock.held()
    end_all_sessions(platform, address.rpartition("/")[2])
    for _ in range(turns):
        await asyncio.sleep(0)
    now = 2.0
    await lock.held()
    now = 4.0
    assert await lock.held()
    await lock.release()


def test_a_write_to_a_connection_that_was_reset_is_trouble_that_passes_and_another_fault_is_not() -> None:
    assert is_transient(RuntimeError(RESET))
    assert not is_transient(RuntimeError("dictionary changed size during iteration"))
    assert not is_transient(asyncpg.ProtocolError("there is no decoder for OID 600"))


async def test_a_client_that_dies_inside_ends_the_process(
    reader: Reader, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    key = uuid7()
    async with running(reader, bootstrap, ended.append):
        await write(bootstrap, [reader.log.record(assigned(key))])
        await eventually(lambda: reader.versions_of(key))
        monkeypatch.setattr(AIOKafkaConnection, "send", _reset)
        await eventually(lambda: _true_soon(ended))
        monkeypatch.undo()
    assert set(ended) == {70}


def _reset(self: AIOKafkaConnection, request: Any, expect_response: bool = True) -> Any:
    raise RuntimeError(RESET)


async def _true_soon(ended: list[int]) -> bool:
    return bool(ended)


async def test_a_process_that_hears_nothing_though_there_is_more_to_read_ends(
    reader: Reader, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "STUCK_SECONDS", 0.5)
    ended: list[int] = []
    key = uuid7()

    async def ended_though_more_is_written() -> bool:
        await write(bootstrap, [reader.log.record(assigned(key))])
        return bool(ended)

    async with running(reader, bootstrap, ended.append) as subscription:
        await write(bootstrap, [reader.log.record(assigned(key))])
        await eventually(lambda: reader.versions_of(key))
        assert subscription._consumer is not None
        monkeypatch.setattr(subscription._consumer._fetcher, "_get_actions_per_node", _nothing_to_do)
        await eventually(ended_though_more_is_written)
    assert ended[0] == 70


def _nothing_to_do(assignment: Any) -> Any:
    return [], {}, 0.1, False, []


async def test_a_process_with_nothing_to_read_goes_on(
    reader: Reader, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "STUCK_SECONDS", 0.2)
    ended: list[int] = []
    looks: list[AIOKafkaConsumer] = []
    look = hearing._behind

    async def counted(consumer: AIOKafkaConsumer) -> Any:
        looks.append(consumer)
        return await look(consumer)

    monkeypatch.setattr(hearing, "_behind", counted)
    async with running(reader, bootstrap, ended.append):
        await eventually(lambda: _enough(looks))
    assert ended == []


async def _enough(looks: list[AIOKafkaConsumer]) -> bool:
    return len(looks) >= 3


async def test_a_client_that_cannot_be_closed_in_order_does_not_spoil_a_clean_stop(
    reader: Reader, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid7()
    async with running(reader, bootstrap):
        await write(bootstrap, [reader.log.record(assigned(key))])
        await eventually(lambda: reader.versions_of(key))
        monkeypatch.setattr(KafkaBroker, "stop", _in_a_group)


async def _in_a_group(self: KafkaBroker) -> None:
    raise ExceptionGroup("Failed to stop subscribers", [RuntimeError(RESET)])
