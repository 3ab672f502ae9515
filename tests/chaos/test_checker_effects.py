"""I1, I2, I3 and I5 in the domain: each effect is there once, blanks are conserved, nobody gets two cards."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.events.base import Event
from shared.events.dispatch import DeliveryCompleted
from shared.events.intake import (
    ApplicationCancelled,
    ApplicationClearedForPrint,
    ApplicationClosed,
    ApplicationRecorded,
)
from shared.events.notify import MessageSent, MessageUndeliverable, Milestone
from shared.events.printing import BlankSpoiled, BlanksReceived, DocumentPrinted, PrintOrderQueued
from tests.chaos.case import Case
from tests.chaos.evidence import Used
from tests.chaos.small_city import APPLICATION, DELIVERY, LOTS, MESSAGE, ORDER, STOCK, A, B, C, of, small_city
from tests.chaos.test_checker_log import NOBODY, Found, found

ONCE: list[tuple[type[Event], str, str]] = [
    (ApplicationRecorded, C, APPLICATION),
    (ApplicationClearedForPrint, A, APPLICATION),
    (ApplicationCancelled, C, APPLICATION),
    (ApplicationClosed, A, APPLICATION),
    (PrintOrderQueued, B, ORDER),
    (DeliveryCompleted, A, DELIVERY),
]


@pytest.mark.parametrize(("type_", "application", "topic"), ONCE)
def test_what_happens_once_to_an_application_is_announced_once(
    type_: type[Event], application: str, topic: str
) -> None:
    case = small_city()
    case.announce(of(type_, application))
    assert ("I3", topic, application) in found(case)


def test_a_document_without_a_blank_is_printed_once_too() -> None:
    case = small_city()
    case.announce(of(DocumentPrinted, A, serial=None))
    assert ("I3", ORDER, A) in found(case)
    assert ("I5", ORDER, A) not in found(case)


@pytest.mark.parametrize(
    ("type_", "where"), [(MessageSent, "messages-sent"), (MessageUndeliverable, "messages-given-up")]
)
def test_a_message_ends_once(type_: type[Event], where: str) -> None:
    case = small_city()
    case.announce(of(type_, B, milestone=Milestone.READY))
    assert found(case) == {("I3", MESSAGE, B), ("I3", where, "")}


def test_each_missed_visit_is_told() -> None:
    case = small_city()
    case.announce(of(MessageSent, A, milestone=Milestone.MISSED))
    case.city.told["MISSED"][A] = 2
    assert {where for _, where, _ in found(case)} == {"messages-sent"}, "the books have no visit more"


def test_a_lot_of_blanks_is_received_once() -> None:
    case = small_city()
    case.announce(of(BlanksReceived, A, stock_id=STOCK, first_serial="1", quantity=4))
    assert ("I3", LOTS, STOCK) in found(case)


def test_a_message_that_was_raised_twice_is_noticed() -> None:
    case = small_city()
    case.city.told["READY"][B] = 2
    assert found(case) == {("I3", "message READY", B)}


@pytest.mark.parametrize(("milestone", "application"), [("RECEIVED", C), ("READY", B), ("DELIVERED", A)])
def test_a_citizen_who_was_not_told_is_noticed(milestone: str, application: str) -> None:
    case = small_city()
    del case.city.told[milestone][application]
    assert found(case) == {("I1", f"message {milestone}", application)}


def test_a_citizen_who_was_told_without_a_cause_is_noticed() -> None:
    case = small_city()
    case.city.told["DELIVERED"][B] = 1
    assert found(case) == {("I2", "message DELIVERED", B)}


def books(case: Case, **changes: object) -> Found:
    """What is found when the books say this instead."""
    case.city = replace(case.city, books=replace(case.city.books, **changes))
    return found(case)


def test_an_effect_that_is_missing_in_one_database_is_a_loss_with_its_application() -> None:
    assert ("I1", "orders", B) in books(small_city(), orders=frozenset({A}))
    assert ("I1", "deliveries", A) in books(small_city(), deliveries=frozenset({B}))
    assert ("I1", "closed-by-delivery", A) in books(small_city(), closed=frozenset())


def test_an_effect_without_a_cause_is_noticed_with_its_application() -> None:
    assert ("I2", "orders", NOBODY) in books(small_city(), orders=frozenset({A, B, NOBODY}))
    assert ("I2", "deliveries", C) in books(small_city(), deliveries=frozenset({A, B, C}))
    assert ("I2", "recorded", A) in books(small_city(), taken=frozenset({B, C}))


def test_a_loss_and_an_effect_without_cause_do_not_make_up_for_each_other() -> None:
    both = books(small_city(), orders=frozenset({A, C}))
    assert {("I1", "orders", B), ("I2", "orders", C)} <= both


def test_a_document_on_its_way_that_nobody_was_given_is_a_loss() -> None:
    assert ("I1", "assigned", "") in books(small_city(), assigned=frozenset({A, B}))


@pytest.mark.parametrize("states", ["application_states", "order_states", "delivery_states", "holders"])
def test_an_aggregate_in_two_states_is_noticed(states: str) -> None:
    case = small_city()
    more = {**getattr(case.city.books, states), "ELSEWHERE": 1}
    assert {invariant for invariant, _, _ in books(case, **{states: more})} == {"I3"}


def test_a_visit_that_was_not_announced_is_a_loss_and_one_too_many_a_repetition() -> None:
    visits = Counter({"NOT_AT_HOME": 2})
    assert books(small_city(), visits=visits) == {("I1", "visits", "NOT_AT_HOME")}
    assert books(small_city(), visits=Counter()) == {("I3", "visits", "NOT_AT_HOME")}


def test_a_message_that_is_still_under_way_is_not_at_rest() -> None:
    messages = small_city().city.books.messages + Counter({("HELD", "DUE"): 1})
    assert books(small_city(), messages=messages) == {("I6", "messages-at-rest", "")}


def test_a_fact_that_is_still_in_an_outbox_is_not_at_rest() -> None:
    unsent = {**small_city().city.books.unsent, "dispatch": 3}
    assert books(small_city(), unsent=unsent) == {("I6", "outbox dispatch", "")}


def stock(**changes: int) -> Callable[[Case], Found]:
    return lambda case: books(case, stocks=(replace(case.city.books.stocks[0], **changes),))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (stock(in_stock=0), f"conserved {STOCK}"),
        (stock(in_stock=2), f"conserved {STOCK}"),
        (stock(reserved=2), f"reserved {STOCK}"),
        (stock(received=5, in_stock=2), "blanks-received"),
        (stock(reserved=1), "allocations"),
        (stock(printed=1, in_stock=2), "printed-on-blanks"),
        (stock(spoiled=0, in_stock=2), "spoiled"),
    ],
)
def test_a_blank_that_appears_or_disappears_is_noticed(change: Callable[[Case], Found], where: str) -> None:
    violations = change(small_city())
    assert ("I5", where, "") in violations
    assert {invariant for invariant, _, _ in violations} == {"I5"}


def test_a_blank_that_is_gone_without_a_print_is_noticed_by_its_serial() -> None:
    assert ("I5", "serials", "4") in books(small_city(), serials=Counter({"1": 1, "2": 1, "3": 1, "4": 1}))
    assert ("I5", "serials", "2") in books(small_city(), serials=Counter({"1": 1, "3": 1}))


def test_a_serial_that_was_used_for_two_applications_is_noticed() -> None:
    case = small_city()
    case.announce(of(DocumentPrinted, C, serial="2"))
    assert {("I5", ORDER, "2"), ("I5", "serials", "2")} <= found(case)


def test_a_spoiled_blank_that_was_printed_on_for_the_same_application_is_noticed() -> None:
    case = small_city()
    case.announce(of(BlankSpoiled, B, serial="3"))
    assert ("I5", ORDER, "3") in found(case)


def test_two_documents_on_plain_paper_do_not_share_a_blank() -> None:
    case = small_city()
    case.announce(of(DocumentPrinted, C, serial=None))
    case.announce(of(DocumentPrinted, NOBODY, serial=None))
    assert "I5" not in {invariant for invariant, _, _ in found(case)}


def test_two_cards_for_one_application_are_noticed() -> None:
    case = small_city()
    case.announce(of(DocumentPrinted, B, serial="4"))
    assert {("I5", ORDER, B), ("I3", ORDER, B)} <= found(case)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (Used("2", C, "SPOILED"), "2"),
        (Used("3", B, "SPOILED"), "3"),
        (Used("4", B, "PRINTED"), B),
    ],
)
def test_a_blank_that_the_ledger_gave_twice_is_noticed_whatever_the_database_promises(row: Used, key: str) -> None:
    case = small_city()
    case.city.used.append(row)
    assert ("I5", "ledger", key) in found(case)


@pytest.mark.parametrize(("application", "serial"), [(B, "4"), (B, "1"), (C, "1")])
def test_a_card_that_came_out_of_the_printer_and_stands_nowhere_is_noticed(application: str, serial: str) -> None:
    case = small_city()
    case.city.pressed.append((application, serial))
    assert found(case) == {("I5", "printer", application)}


def test_two_cards_out_of_the_printer_for_one_application_are_noticed() -> None:
    case = small_city()
    case.city.used[1] = Used("2", B, "PRINTED")
    assert ("I5", "printer", B) in found(case)


def test_one_person_with_two_applications_under_way_is_noticed() -> None:
    case = small_city()
    case.city.live[B] = case.city.live[A]
    assert found(case) == {("I5", "intake", B)}
