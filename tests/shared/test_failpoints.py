"""The work ends anywhere, and then anywhere again: after each such history every fact took effect once.

A history is told by its schedule alone. One that failed is told again with ANTAR_SCHEDULE="first / second / number".
"""

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import uvloop

from shared.failpoints import PLACES
from tests.shared.scripted.story import Schedule, Story
from tests.shared.scripted.world import no_waiting, opened

ALONE, OF_A_PAIR = 25, 9
"""Histories of each place, and of each ordered pair of places."""

LANES = 3
"""Histories at a time, each in a database of its own: one thinks while the others wait for theirs."""

CLEARED_AFTER = 100
"""Histories that share the tables; with more of them, the plans of empty tables begin to hurt."""

Struck = Counter[tuple[str, ...]]
"""How many histories were struck at which places, in that order."""


def schedules() -> list[Schedule]:
    """All of them, each place and each pair before any comes again; or the one that was asked for."""
    if name := os.environ.get("ANTAR_SCHEDULE"):
        return [Schedule.named(name)]
    alone = itertools.product(range(ALONE), PLACES, [None])
    pairs = itertools.product(range(OF_A_PAIR), PLACES, PLACES)
    return [Schedule(first, second, number) for number, first, second in (*alone, *pairs)]


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


async def _tell(addresses: list[str], told: list[Schedule]) -> Struck:
    struck: Struck = Counter()
    left = iter(told)
    async with asyncio.TaskGroup() as lanes:
        for address in addresses:
            lanes.create_task(_lane(address, left, struck))
    return struck


@pytest.mark.slow
def test_wherever_the_work_ends_and_then_ends_again_each_fact_takes_effect_once(
    database: Callable[[str], str],
) -> None:
    told = schedules()
    addresses = [database("core") for _ in range(min(LANES, len(told)))]
    with no_waiting(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        struck = runner.run(_tell(addresses, told))
    if len(told) > 1:
        assert len(told) >= 10_000
        assert {place for places in struck for place in places} == set(PLACES)
        pairs = set(itertools.product(PLACES, PLACES))
        assert len(pairs & set(struck)) > 0.97 * len(pairs), "too many pairs of places are out of reach"
