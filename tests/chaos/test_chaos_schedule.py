"""The plan of a run: the same for the same seed, complete, and never two faults on one thing at one time."""

import subprocess
import sys
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from tests.chaos.faults import STRIKES
from tests.chaos.schedule import CODA, KINDS, PLACES, Fault, asked, plan, touched
from tools.embedded.launcher import SERVICES

SEEDS = range(40)


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    assert plan(2017, 3) == plan(2017, 3)
    assert plan(2017, 3) != plan(2018, 3)
    assert plan(2017, 3) != plan(2017, 4)


def test_a_plan_is_the_same_in_every_process() -> None:
    ask = "from tests.chaos.schedule import plan; print(plan(2017, 3))"
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout
    assert said.strip() == str(plan(2017, 3))


@pytest.mark.parametrize(("minutes", "seeds"), [(3, SEEDS), (20, range(3))])
def test_every_plan_has_every_kind_and_more_faults_than_asked_for(minutes: int, seeds: range) -> None:
    for seed in seeds:
        faults = plan(seed, minutes)
        counts = Counter(fault.kind for fault in faults)
        assert all(counts[name] >= kind.least for name, kind in KINDS.items()), f"seed {seed}"
        assert len(faults) > asked(minutes), f"seed {seed}"


@pytest.mark.parametrize("kind", ["kill", "stop"])
def test_every_service_is_killed_and_asked_to_stop(kind: str) -> None:
    for seed in SEEDS:
        assert {fault.target for fault in plan(seed, 3) if fault.kind == kind} == set(SERVICES)


def test_no_two_faults_strike_one_thing_at_one_time() -> None:
    for seed in SEEDS:
        by_thing: dict[str, list[Fault]] = defaultdict(list)
        for fault in plan(seed, 3):
            for thing in touched(fault):
                by_thing[thing].append(fault)
        for faults in by_thing.values():
            ordered = sorted(faults, key=lambda fault: fault.at)
            for before, after in pairwise(ordered):
                assert before.at + before.seconds <= after.at


def test_faults_come_in_the_order_of_time_and_several_at_once_now_and_then() -> None:
    for seed in SEEDS:
        times = [fault.at for fault in plan(seed, 3)]
        assert times == sorted(times)
        assert sum(n >= 3 for n in Counter(times).values()) >= 2


def test_at_the_end_each_service_is_asked_to_stop_while_nothing_else_goes_wrong() -> None:
    for seed in SEEDS:
        *trouble, first, second, third, fourth = plan(seed, 3)
        coda = (first, second, third, fourth)
        assert {fault.target for fault in coda} == set(SERVICES)
        assert all(fault.kind == "stop" and fault.calm for fault in coda)
        assert all(fault.at + fault.seconds <= 180 - CODA for fault in trouble)


def test_freezes_are_longer_than_a_consumer_session() -> None:
    assert KINDS["freeze"].seconds[0] > 6
    assert KINDS["freeze beside an heir"].seconds[0] > 6


def test_every_kind_has_its_strike() -> None:
    assert set(STRIKES) == set(KINDS)


def test_every_place_where_a_process_is_to_die_is_one_of_the_core() -> None:
    ask = "import shared.service; from shared import failpoints; print(*failpoints.PLACES, sep=chr(10))"
    told = {"ANTAR_FAILPOINTS": "nowhere"}
    said = subprocess.run([sys.executable, "-c", ask], env=told, capture_output=True, text=True, check=True).stdout
    assert set(PLACES) <= set(said.splitlines())
