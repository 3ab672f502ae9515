"""The checker finds nothing where nothing is wrong, names the same offender each time, and reports in nine lines."""

from dataclasses import replace

from shared.events.intake import ApplicationRecorded
from tests.chaos.checker import check
from tests.chaos.small_city import APPLICATION, COPIES, DELIVERY, A, B, C, P, of, small_city
from tests.chaos.verdict import INVARIANTS, report
from tests.harness import Log


def test_a_city_in_which_everything_went_right_keeps_all_nine_invariants() -> None:
    evidence = small_city().evidence()
    assert check(evidence) == []
    assert [line.split(":")[0] for line in report(evidence, [])] == [f"{name} holds" for name in INVARIANTS]


def test_repeats_of_a_sent_event_are_allowed_as_long_as_the_process_was_killed() -> None:
    case = small_city()
    case.again(APPLICATION, A, 1)
    case.again(APPLICATION, A, 2)
    case.again(APPLICATION, A, 1)
    assert check(case.evidence()) == []


def test_what_the_run_wrote_again_itself_is_held_against_nobody() -> None:
    case = small_city()
    case.injected[case.again(APPLICATION, A, 1)] = frozenset()
    assert check(case.evidence()) == []


def test_of_many_offenders_the_lowest_key_and_its_lowest_version_are_named() -> None:
    case = small_city()
    for key, version in ((C, 1), (B, 2), (B, 1)):
        case.take_out(APPLICATION, key, version)
    lost = next(v for v in check(case.evidence()) if (v.invariant, v.where) == ("I1", APPLICATION))
    assert (lost.key, lost.count) == (B, 3)
    assert lost.sentence.startswith("version 1 of 2")


def test_version_2_comes_before_version_10() -> None:
    case = small_city()
    for version in range(4, 12):
        case.put(Log().record(of(ApplicationRecorded, A), version))
    phantoms = next(v for v in check(case.evidence()) if v.invariant == "I2" and v.where == APPLICATION)
    assert (phantoms.key, phantoms.count) == (A, 8)
    assert "version 4" in phantoms.sentence


def test_the_report_has_a_line_for_each_invariant_with_the_count_and_the_first_key() -> None:
    case = small_city()
    case.take_out(COPIES, P, 1)
    evidence = case.evidence()
    lines = {line[:2]: line for line in report(evidence, check(evidence))}
    assert list(lines) == list(INVARIANTS)
    assert lines["I1"].startswith(f"I1 violated (1): {INVARIANTS['I1']}. First: {COPIES} {P}: version 1 of 1")
    assert lines["I4"].startswith("I4 holds")


def test_what_was_not_looked_at_is_not_called_good() -> None:
    evidence = replace(small_city().evidence(), city=None, lives=None, recovery=None, search=None)
    assert check(evidence) == []
    unseen = [line[:2] for line in report(evidence, []) if "not looked at" in line]
    assert unseen == ["I5", "I6", "I8", "I9"]


def test_a_run_in_which_nobody_was_asked_to_stop_proves_nothing_about_stopping() -> None:
    case = small_city()
    del case.lives[0]
    evidence = case.evidence()
    assert [line for line in report(evidence, check(evidence)) if line.startswith("I8 not looked at")]


def test_of_a_service_that_had_no_part_in_the_run_nothing_is_asked() -> None:
    case = small_city()
    case.take_out(DELIVERY, A, 4)
    case.heard["intake"][DELIVERY][A] = case.heard["notify"][DELIVERY][A] = 3
    evidence = case.evidence()
    assert check(evidence)
    alone = {name: books for name, books in evidence.services.items() if name != "dispatch"}
    assert check(replace(evidence, services=alone, city=None, recovery=None)) == []
