"""The work ends anywhere, and then anywhere again: after each such history every fact took effect once.

A history that fails is named, and can be told again alone: ANTAR_SCHEDULE="first / second / number".
"""

import asyncio
import gc
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context

import pytest
import uvloop

from shared.failpoints import PLACES
from tests.shared.scripted.schedule import Schedule, schedules
from tests.shared.scripted.story import Story
from tests.shared.scripted.world import no_waiting, opened

ALONE, OF_A_PAIR = 25, 9
"""Histories of each place, and of each ordered pair of places."""

PROCESSES = min(4, os.cpu_count() or 1)
LANES = 2
"""Histories at a time in a process, each lane in a database of its own: one thinks while the other waits for its."""

CLEARED_AFTER = 100
"""Histories that share the tables; they use fresh keys."""

Struck = Counter[tuple[str, ...]]
"""How many histories were struck at which places, in that order."""


async def _lane(address: str, left: Iterator[Schedule], struck: Struck) -> None:
    async with opened(address) as world:
        for count, schedule in enumerate(left, start=1):
            story = Story(world, schedule)
            try:
                wrong = await story.run()
            except Exception as error:
                raise AssertionError(f'ANTAR_SCHEDULE="{schedule}": {error!r} after {world.told}') from error
            assert not wrong, f'ANTAR_SCHEDULE="{schedule}": {wrong} after {world.told}'
            struck[tuple(story.struck)] += 1
            if count % CLEARED_AFTER == 0:
                await world.clear()


async def _lanes(addresses: Sequence[str], told: Sequence[Schedule]) -> Struck:
    struck: Struck = Counter()
    left = iter(told)
    async with asyncio.TaskGroup() as lanes:
        for address in addresses:
            lanes.create_task(_lane(address, left, struck))
    return struck


def _tell(share: tuple[Sequence[str], Sequence[Schedule]]) -> Struck:
    gc.freeze()  # what was imported stays; the collector need not walk through it ten thousand times
    try:
        with no_waiting(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_lanes(*share))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def _told_by_several_processes(told: Sequence[Schedule], database: Callable[[str], str]) -> Struck:
    shares = [([database("core") for _ in range(LANES)], told[n::PROCESSES]) for n in range(PROCESSES)]
    with get_context("spawn").Pool(PROCESSES) as processes:
        return sum(processes.imap_unordered(_tell, shares), start=Counter())


@pytest.mark.slow
def test_wherever_the_work_ends_and_then_ends_again_each_fact_takes_effect_once(
    database: Callable[[str], str],
) -> None:
    if name := os.environ.get("ANTAR_SCHEDULE"):
        _told_by_several_processes([Schedule.named(name)], database)
        return
    struck = _told_by_several_processes(schedules(ALONE, OF_A_PAIR), database)
    assert struck.total() >= 10_000
    assert {place for places in struck for place in places} == set(PLACES)
    pairs = set(itertools.product(PLACES, PLACES))
    assert len(pairs & struck.keys()) > 0.97 * len(pairs), "too many pairs of places are out of reach"


def test_a_process_that_the_tests_start_has_no_places_unless_it_is_told_so() -> None:
    assert PLACES
    assert "ANTAR_FAILPOINTS" not in os.environ
