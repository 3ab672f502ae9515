"""I6 and I8: the city comes to rest in time after the last fault, and a process that is asked to stop stops cleanly."""

from dataclasses import replace

import pytest

from tests.chaos.case import SERVICES, Case
from tests.chaos.checker import check
from tests.chaos.evidence import Life, Recovery, Sample
from tests.chaos.small_city import ORDER, A, B, recovery, small_city
from tests.chaos.test_checker_log import found

NONE = dict.fromkeys(SERVICES, 0)


def healing(found_: Recovery) -> Case:
    case = small_city()
    case.recovery = found_
    return case


def test_lag_that_comes_to_zero_within_half_a_minute_is_good() -> None:
    assert found(healing(recovery(busy_until=30))) == set()


def test_lag_that_comes_back_with_new_work_is_no_fault() -> None:
    quiet = recovery(busy_until=4)
    late = Sample(129.0, NONE | {"printing": 1}, NONE)
    assert found(healing(replace(quiet, samples=[*quiet.samples[:10], late]))) == set()


def test_lag_that_comes_to_zero_later_is_too_late() -> None:
    case = healing(recovery(busy_until=31))
    assert found(case) == {("I6", "city", "printing lag")}
    assert check(case.evidence())[0].sentence == "7 left; zero only after 32.0 s"


def test_a_first_look_after_half_a_minute_says_what_was_left_then() -> None:
    late = replace(recovery(busy_until=99), samples=[Sample(140.0, NONE | {"intake": 2}, NONE)])
    assert found(healing(late)) == {("I6", "city", "intake lag")}


def test_lag_that_never_comes_to_zero_is_noticed_even_if_nobody_looked_for_half_a_minute() -> None:
    case = healing(recovery(busy_until=99, until=10))
    assert found(case) == {("I6", "city", "printing lag")}
    assert check(case.evidence())[0].sentence == "7 left; zero never"


def test_an_outbox_that_is_not_emptied_is_noticed() -> None:
    looks = [Sample(100.0 + t, NONE, NONE | {"notify": 1, "dispatch": 2}) for t in range(40)]
    assert found(healing(Recovery(100.0, looks))) == {("I6", "city", "dispatch outbox")}


def test_lag_and_outbox_must_be_zero_in_the_same_look() -> None:
    looks = [Sample(100.0 + t, NONE | {"intake": t % 2}, NONE | {"intake": 1 - t % 2}) for t in range(40)]
    assert {invariant for invariant, _, _ in found(healing(Recovery(100.0, looks)))} == {"I6"}


def test_a_look_before_the_last_fault_healed_proves_nothing() -> None:
    busy = recovery(busy_until=99)
    early = Sample(99.0, NONE, NONE)
    assert found(healing(replace(busy, samples=[early, *busy.samples]))) == {("I6", "city", "printing lag")}
    assert found(healing(Recovery(100.0, [early]))) == {("I6", "city", "")}


def test_a_number_that_nobody_knows_is_not_zero() -> None:
    lag = {name: 0 for name in SERVICES if name != "notify"}
    looks = [Sample(100.0 + t, lag, NONE) for t in range(40)]
    assert found(healing(Recovery(100.0, looks))) == {("I6", "city", "notify lag")}


@pytest.mark.parametrize("code", [70, -15, 1, None])
def test_a_process_that_does_not_end_with_code_0_is_noticed(code: int | None) -> None:
    case = small_city()
    case.lives.append(Life("printing", "TERM", code, 1.0))
    assert found(case) == {("I8", "printing", "process 4")}
    said = "it did not end" if code is None else f"it ended with code {code}"
    assert check(case.evidence())[0].sentence == said


def test_a_process_that_takes_longer_than_25_seconds_to_end_is_noticed() -> None:
    case = small_city()
    case.lives += [Life("intake", "TERM", 0, 25.0), Life("notify", "TERM", 0, 25.1)]
    assert found(case) == {("I8", "notify", "process 1")}


def test_a_killed_process_and_one_that_ended_itself_may_have_any_code() -> None:
    case = small_city()
    case.lives += [Life("notify", "KILL", -9, 99.0), Life("notify", None, 70, 99.0)]
    assert found(case) == set()


def stopped_after(case: Case, life: Life) -> None:
    """`printing` had this life when the records that are there now had been written."""
    ends: dict[tuple[str, int], int] = {}
    for record in case.records:
        ends[record.topic, record.partition] = max(record.offset + 1, ends.get((record.topic, record.partition), 0))
    case.lives = [replace(life, ends=ends)]


CLEAN = Life("printing", "TERM", 0, 0.8)


def test_what_was_written_before_a_clean_stop_is_not_written_again_after_it() -> None:
    case = small_city()
    stopped_after(case, CLEAN)
    case.again(ORDER, B, 2)
    case.again(ORDER, A, 3)
    assert found(case) == {("I8", ORDER, A)}


def test_the_end_of_the_topic_when_the_process_was_gone_divides_before_from_after() -> None:
    case = small_city()
    first = case.records[case.index(ORDER, B, 2)]
    again = case.again(ORDER, B, 2)

    def stopped_at(end: int) -> Case:
        case.lives = [replace(CLEAN, ends={(ORDER, again.partition): end})]
        return case

    assert found(stopped_at(first.offset)) == set()
    assert found(stopped_at(first.offset + 1)) == {("I8", ORDER, B)}
    assert found(stopped_at(again.offset)) == {("I8", ORDER, B)}
    assert found(stopped_at(again.offset + 1)) == set()


def test_repeats_from_before_the_stop_are_not_held_against_it() -> None:
    case = small_city()
    case.again(ORDER, B, 2)
    stopped_after(case, CLEAN)
    assert found(case) == set()


@pytest.mark.parametrize(
    "life", [replace(CLEAN, signal="KILL", exit_code=-9), replace(CLEAN, signal=None), replace(CLEAN, service="intake")]
)
def test_repeats_after_a_kill_or_after_the_stop_of_another_service_are_no_fault(life: Life) -> None:
    case = small_city()
    stopped_after(case, life)
    case.again(ORDER, B, 2)
    assert found(case) == set()


def test_a_stop_that_went_wrong_is_judged_by_its_code_and_not_by_repeats_as_well() -> None:
    case = small_city()
    stopped_after(case, replace(CLEAN, exit_code=-9))
    case.again(ORDER, B, 2)
    assert found(case) == {("I8", "printing", "process 1")}


def test_repeats_of_what_was_first_written_after_the_stop_come_from_a_later_kill() -> None:
    case = small_city()
    last = case.take_out(ORDER, B, 5)
    stopped_after(case, CLEAN)
    case.put(last)
    case.again(ORDER, B, 5)
    assert found(case) == set()


def test_a_stop_beside_a_fault_is_not_judged_by_repeats() -> None:
    case = small_city()
    case.lives = [CLEAN]
    case.again(ORDER, B, 2)
    assert found(case) == set()


def test_a_copy_that_the_run_put_there_after_a_stop_is_not_held_against_the_service() -> None:
    case = small_city()
    stopped_after(case, CLEAN)
    case.injected[case.again(ORDER, B, 2)] = frozenset()
    assert found(case) == set()
