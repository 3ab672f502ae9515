"""I1, I2 and I4: what a writer announced is on the log, nothing else is, and in order."""

from dataclasses import replace

import pytest

from shared.events import cloudevents
from shared.events.intake import ApplicationCancelled, ApplicationRecorded, RecipientRegistered
from tests.chaos.case import Case
from tests.chaos.checker import check
from tests.chaos.small_city import APPLICATION, COPIES, DELIVERY, ORDER, RECIPIENT, A, B, C, P, of, small_city
from tests.harness import Log

NOBODY = "00000000-0000-4000-8000-0000000000ff"

Found = set[tuple[str, str, str]]


def found(case: Case) -> Found:
    """(invariant, where, key) of every violation."""
    return {(v.invariant, v.where, v.key) for v in check(case.evidence())}


def invariants(case: Case) -> set[str]:
    return {invariant for invariant, _, _ in found(case)}


def test_a_version_lost_in_the_middle_is_a_loss() -> None:
    case = small_city()
    case.take_out(DELIVERY, A, 2)
    assert ("I1", DELIVERY, A) in found(case)


def test_a_lost_tail_is_a_loss_though_no_gap_shows_it() -> None:
    case = small_city()
    case.take_out(APPLICATION, C, 2)
    assert ("I1", APPLICATION, C) in found(case)
    assert "I4" not in invariants(case)


def test_a_key_lost_altogether_is_a_loss() -> None:
    case = small_city()
    for version in (1, 2):
        case.take_out(APPLICATION, C, version)
    assert ("I1", APPLICATION, C) in found(case)


def test_what_still_waits_in_the_outbox_is_not_lost() -> None:
    case = small_city()
    case.take_out(APPLICATION, C, 2)
    case.unsent["intake"].add((APPLICATION, C, 2))
    assert ("I1", APPLICATION, C) not in found(case)


def test_a_state_needs_its_last_version_alone_since_compaction_takes_the_others() -> None:
    case = small_city()
    case.announce(of(RecipientRegistered, A))
    case.take_out(RECIPIENT, A, 1)
    assert found(case) == set()
    case.take_out(RECIPIENT, A, 2)
    assert ("I1", RECIPIENT, A) in found(case)


def test_a_state_that_was_erased_is_an_empty_value_and_no_loss() -> None:
    case = small_city()
    case.put(replace(Log().record(of(RecipientRegistered, A), 2), value=None))
    case.said["intake"][RECIPIENT][A] = 2
    for reader in ("dispatch", "notify"):
        case.heard[reader][RECIPIENT][A] = 2
    assert found(case) == set()


def test_a_copy_of_a_parked_record_can_be_lost_too() -> None:
    case = small_city()
    case.take_out(COPIES, P, 1)
    assert found(case) == {("I1", COPIES, P)}


def test_a_version_above_the_last_announced_was_never_committed() -> None:
    case = small_city()
    case.put(Log().record(of(ApplicationCancelled, A), 4))
    case.heard["printing"][APPLICATION][A] = 4
    assert ("I2", APPLICATION, A) in found(case)


def test_a_key_that_its_writer_does_not_know_was_never_committed() -> None:
    case = small_city()
    case.put(Log().record(of(ApplicationRecorded, NOBODY), 1))
    assert ("I2", APPLICATION, NOBODY) in found(case)


def test_what_the_run_put_there_itself_is_no_phantom() -> None:
    case = small_city()
    case.injected.clear()
    keys = {key for invariant, where, key in found(case) if (invariant, where) == ("I2", DELIVERY)}
    assert keys == {P, "(no key)"}, "without the marks the small city's poison must be noticed"


def test_a_record_without_an_envelope_is_written_by_no_service() -> None:
    case = small_city()
    stranger = Log().record(of(ApplicationRecorded, A), 1)
    case.put(replace(stranger, headers=[]))
    assert found(case) == {("I2", APPLICATION, A)}


def test_a_body_that_is_no_json_is_written_by_no_service() -> None:
    case = small_city()
    at = case.index(ORDER, A, 3)
    case.records[at] = replace(case.records[at], value=b'{"serial": ')
    assert {("I2", ORDER, A), ("I1", ORDER, A)} <= found(case)


def test_a_header_that_is_not_ours_is_noticed() -> None:
    case = small_city()
    at = case.index(ORDER, A, 3)
    record = case.records[at]
    without = [(name, value) for name, value in record.headers if name != "ce_source"]
    case.records[at] = replace(record, headers=without)
    assert ("I2", "log-headers", "") in found(case)


def test_a_gap_is_noticed() -> None:
    case = small_city()
    case.take_out(DELIVERY, A, 2)
    gap = next(v for v in check(case.evidence()) if v.invariant == "I4")
    assert (gap.where, gap.key) == (DELIVERY, A)
    assert gap.sentence == "version 3 came after version 1"


@pytest.mark.parametrize(("topic", "key", "version"), [(APPLICATION, B, 1), (DELIVERY, A, 3)])
def test_two_events_in_swapped_order_are_noticed(topic: str, key: str, version: int) -> None:
    case = small_city()
    one, other = case.index(topic, key, version), case.index(topic, key, version + 1)
    first, second = case.records[one], case.records[other]
    case.records[one] = replace(second, offset=first.offset)
    case.records[other] = replace(first, offset=second.offset)
    assert ("I4", topic, key) in found(case)
    assert ("I1", topic, key) not in found(case)


def test_a_state_that_goes_back_is_noticed() -> None:
    case = small_city()
    case.announce(of(RecipientRegistered, A))
    case.put(case.take_out(RECIPIENT, A, 1))
    assert found(case) == {("I4", RECIPIENT, A)}


@pytest.mark.parametrize("version", [1, 2])
def test_another_event_under_the_same_version_is_noticed_however_old_it_is(version: int) -> None:
    case = small_city()
    case.put(Log().record(of(ApplicationRecorded, C), version))
    assert found(case) == {("I4", APPLICATION, C)}


def test_an_aggregate_in_two_partitions_has_no_order() -> None:
    case = small_city()
    at = case.index(APPLICATION, C, 2)
    case.records[at] = replace(case.records[at], partition=11)
    assert found(case) == {("I4", APPLICATION, C)}


def test_a_stream_that_a_reader_stopped_is_noticed() -> None:
    case = small_city()
    case.stopped["notify"].append((ORDER, B))
    assert found(case) == {("I4", f"notify {ORDER}", B)}


def test_an_event_in_the_other_form_of_its_envelope_counts_as_itself() -> None:
    case = small_city()
    event = of(ApplicationCancelled, A)
    headers = [("content-type", cloudevents.STRUCTURED)]
    stranger = replace(Log().record(event, 4), headers=headers, value=b'{"sequence": "4"}')
    case.put(stranger)
    assert found(case) == {("I2", APPLICATION, A)}
