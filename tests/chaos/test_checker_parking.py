"""I7, and how far each reader has come: set aside is the poison and what queued behind it, all the rest took effect."""

from dataclasses import replace

import pytest

from shared.events.dispatch import DeliveryAssigned
from shared.events.intake import RecipientRegistered
from tests.chaos.case import Case
from tests.chaos.evidence import Parked, Place
from tests.chaos.small_city import DELIVERY, ORDER, RECIPIENT, A, B, P, of, small_city
from tests.chaos.test_checker_log import NOBODY, found
from tests.harness import Log


def test_a_good_event_that_was_set_aside_is_too_much() -> None:
    case = small_city()
    case.parked["intake"].append(Parked(Place(ORDER, 1, 3), B, 5, "handler-failed:KeyError"))
    assert found(case) == {("I7", f"intake {ORDER}", B)}


def test_a_good_event_that_only_waits_is_too_much_too() -> None:
    case = small_city()
    case.parked["notify"].append(Parked(Place(ORDER, 1, 3), B, 5, "gap"))
    assert found(case) == {("I7", f"notify {ORDER}", B)}


@pytest.mark.parametrize(("version", "key"), [(None, None), (1, P), (2, P), (3, P)])
def test_poison_and_each_of_its_followers_must_be_set_aside(version: int | None, key: str | None) -> None:
    case = small_city()
    missing = next(row for row in case.parked["notify"] if row.version == version)
    case.parked["notify"].remove(missing)
    named = key or f"{missing.place.partition}/{missing.place.offset}"
    assert found(case) == {("I7", f"notify {DELIVERY}", named)}


def test_a_service_that_does_not_read_the_topic_has_nothing_to_set_aside() -> None:
    case = small_city()
    assert case.parked["printing"] == []
    case.parked["printing"] += case.parked["notify"]
    assert found(case) == set(), "topics.yaml says that printing does not read deliveries"


def test_a_service_that_has_no_handler_for_poison_goes_past_it() -> None:
    case = small_city()
    case.injected = {place: refusers - {"intake"} for place, refusers in case.injected.items()}
    case.parked["intake"].clear()
    case.heard["intake"][DELIVERY][P] = 3
    assert found(case) == set()


def test_a_follower_that_took_effect_although_poison_is_before_it_is_one_effect_too_many() -> None:
    case = small_city()
    case.heard["notify"][DELIVERY][P] = 3
    assert found(case) == {("I3", f"notify {DELIVERY}", P)}


def poisoned(case: Case, key: str, *headers: tuple[str, bytes]) -> Place:
    """A record with these headers alone; every reader refuses it."""
    place = case.put(replace(Log().record(of(DeliveryAssigned, key)), headers=list(headers)))
    case.injected[place] = frozenset({"intake", "notify"})
    return place


def test_what_follows_poison_without_a_version_waits_for_version_1() -> None:
    case = small_city()
    place = poisoned(case, NOBODY)
    follower = case.put(Log().record(of(DeliveryAssigned, NOBODY), 2))
    case.injected[follower] = frozenset()
    for reader in ("intake", "notify"):
        case.parked[reader] += [Parked(place, NOBODY, None, "missing-header"), Parked(follower, NOBODY, 2, "gap")]
    assert found(case) == set()
    case.parked["notify"].pop()
    assert found(case) == {("I7", f"notify {DELIVERY}", NOBODY)}


def test_poison_that_a_later_state_has_replaced_may_be_there_or_not() -> None:
    case = small_city()
    broken, later = (Log().record(of(RecipientRegistered, NOBODY), version) for version in (1, 2))
    place = case.put(replace(broken, value=b"{"))
    case.injected |= {place: frozenset({"dispatch", "notify"}), case.put(later): frozenset()}
    for reader in ("dispatch", "notify"):
        case.heard[reader][RECIPIENT][NOBODY] = 2
    assert found(case) == set()
    case.parked["notify"].append(Parked(place, NOBODY, 1, "bad-data"))
    assert found(case) == set()


def test_poison_whose_version_can_be_read_though_not_its_type_must_be_set_aside_too() -> None:
    case = small_city()
    place = poisoned(case, NOBODY, ("ce_sequence", b"1"))
    case.heard["intake"][DELIVERY][NOBODY] = 0
    for reader in ("intake", "notify"):
        case.parked[reader].append(Parked(place, NOBODY, 1, "missing-header"))
    assert found(case) == set()
    case.parked["intake"].pop()
    assert found(case) == {("I7", f"intake {DELIVERY}", NOBODY)}


def test_an_unreadable_record_under_the_version_of_a_true_event_stays_and_holds_up_nobody() -> None:
    case = small_city()
    place = poisoned(case, A, ("ce_sequence", b"4"))
    assert found(case) == {("I7", f"{reader} {DELIVERY}", A) for reader in ("intake", "notify")}
    for reader in ("intake", "notify"):
        case.parked[reader].append(Parked(place, A, 4, "missing-header"))
    assert found(case) == set()


def test_poison_that_was_written_twice_is_set_aside_once() -> None:
    case = small_city()
    for place, refusers in list(case.injected.items()):
        record = next(r for r in case.records if (r.topic, r.partition, r.offset) == place)
        if record.key is not None:
            case.injected[case.put(record)] = refusers
    assert found(case) == set()


def test_an_event_that_took_no_effect_is_a_loss_in_the_reader_that_missed_it() -> None:
    case = small_city()
    case.heard["intake"][DELIVERY][A] = 3
    del case.heard["notify"][ORDER][B]
    assert found(case) == {("I1", f"intake {DELIVERY}", A), ("I1", f"notify {ORDER}", B)}


def test_a_state_whose_last_version_took_no_effect_is_a_loss() -> None:
    case = small_city()
    case.announce(of(RecipientRegistered, A))
    case.heard["dispatch"][RECIPIENT][A] = 1
    assert found(case) == {("I1", f"dispatch {RECIPIENT}", A)}


def test_more_effects_than_there_are_events_are_noticed() -> None:
    case = small_city()
    case.heard["notify"][ORDER][A] = 4
    assert found(case) == {("I3", f"notify {ORDER}", A)}


def test_an_effect_of_a_key_that_the_log_does_not_know_is_noticed() -> None:
    case = small_city()
    case.heard["printing"]["intake.application.v1"][NOBODY] = 1
    assert found(case) == {("I2", "printing intake.application.v1", NOBODY)}
