"""Measuring: a hop costs one look a poll, and however many look, the database is asked once in a while."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from uuid_utils.compat import uuid7

from shared.measures import PATIENCE, READY, Measures, of_process
from shared.messaging import Connection
from shared.messaging.transaction import Database
from shared.pulse import Pulse
from shared.service import _readiness
from tests.shared.conftest import Reader, assigned, completed


async def test_a_hop_is_measured_once_a_poll_and_topic(reader: Reader) -> None:
    topic = {"group": "notify", "topic": "dispatch.delivery.v1"}

    def hops(within: str = "+Inf") -> float:
        return REGISTRY.get_sample_value("antar_hop_seconds_bucket", {**topic, "le": within}) or 0

    before, soon = hops(), hops("60.0")
    keys = [uuid7() for _ in range(20)]
    await reader.applier.apply([reader.log.record(event(key)) for key in keys for event in (assigned, completed)])
    assert (hops(), hops("60.0")) == (before + 1, soon + 1)


async def test_however_many_look_the_database_is_asked_once_in_a_while(
    reader: Reader,
) -> None:
    asked: list[Any] = []

    async def measure(conn: Connection) -> None:
        asked.append(await conn.fetchval("select 1"))

    of_all = Measures(Database(reader.pool, "dispatch"), [measure])
    await asyncio.gather(*(of_all.refresh() for _ in range(10)))
    assert asked == [1]


async def test_what_does_not_answer_hides_nothing_else(reader: Reader, tmp_path: Path) -> None:
    async def away(_: Connection) -> None:
        raise ConnectionRefusedError

    async def ready() -> dict[str, bool]:
        return {"database": False, "consumer": True}

    pulse = Pulse()
    with pulse.at_work("relay"):
        of_all = Measures(Database(reader.pool, "dispatch"), [away], [of_process(ready, pulse, tmp_path / "later")])
        await of_all.refresh()
        assert (REGISTRY.get_sample_value("antar_silent_seconds", {"part": "relay"}) or 0) > 0
    assert REGISTRY.get_sample_value("antar_ready", {"part": "database"}) == 0
    assert REGISTRY.get_sample_value("antar_ready", {"part": "consumer"}) == 1
    assert (REGISTRY.get_sample_value("antar_disk_free_bytes") or 0) > 0


class Assigned:
    """A subscription that has its share."""

    assigned = True
    failing = False


async def test_a_database_of_which_no_connection_is_to_be_had_is_soon_said_not_to_work(
    reader: Reader, tmp_path: Path
) -> None:
    ready = _readiness(reader.pool, Assigned(), Assigned(), Pulse())  # type: ignore[arg-type]
    look = of_process(ready, Pulse(), tmp_path)
    await look()
    assert REGISTRY.get_sample_value("antar_ready", {"part": "database"}) == 1
    async with AsyncExitStack() as hanging:
        for _ in range(reader.pool.get_max_size()):
            await hanging.enter_async_context(reader.pool.acquire())
        async with asyncio.timeout(PATIENCE):
            await look()
        assert REGISTRY.get_sample_value("antar_ready", {"part": "database"}) == 0


async def test_a_look_that_is_cut_off_leaves_no_database_that_works(tmp_path: Path) -> None:
    READY.labels("database").set(1)

    async def never() -> dict[str, bool]:
        await asyncio.Event().wait()
        return {}

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await of_process(never, Pulse(), tmp_path)()
    assert REGISTRY.get_sample_value("antar_ready", {"part": "database"}) == 0
