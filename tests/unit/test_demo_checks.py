"""The comparison notices a difference of one, wherever it is: else a demonstration proves nothing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from tools.demo.books import Books, Expected, Log, Stock, Told
from tools.demo.checks import Check, compare

ALL = frozenset("abcdef")
CLEARED = frozenset("abcde")
PRINTED = frozenset("abcd")

STOCK = Stock("DISDUKCAPIL/KTP_EL", 6, 0, 2, 1, 3, 1, 0, 0)

BOOKS = Books(
    taken=ALL,
    cleared=CLEARED,
    cancelled=frozenset("d"),
    closed=frozenset("ab"),
    orders=CLEARED,
    printed=PRINTED,
    on_blank=frozenset("abc"),
    deliveries=PRINTED,
    assigned=PRINTED,
    delivered=frozenset("ab"),
    returned=frozenset("d"),
    serials=Counter({"1": 1, "2": 1, "3": 1, "4": 1}),
    visits=Counter({"NOT_AT_HOME": 2, "DECEASED": 1}),
    messages=Counter(
        {("RECEIVED", "SENT"): 6, ("READY", "SENT"): 3, ("READY", "WITHDRAWN"): 1, ("DELIVERED", "SENT"): 2}
    ),
    stocks=(STOCK,),
    application_states={"RECORDED": 1, "CLEARED": 1, "PRINTED": 1, "CANCELLED": 1, "CLOSED": 2},
    order_states={"PRINTED": 3, "VOIDED": 1, "ALLOCATED": 1},
    delivery_states={"DELIVERED": 2, "ASSIGNED": 1, "RETURNED": 1},
    holders={"RECEIVER": 2, "OFFICE": 2},
    unsent={"intake": 0, "notify": 0},
    parked={"intake": 0, "notify": 0},
)

KEYS = {
    "ApplicationRecorded": ALL,
    "RecipientRegistered": ALL,
    "ApplicationClearedForPrint": CLEARED,
    "ApplicationCancelled": frozenset("d"),
    "ApplicationClosed": frozenset("ab"),
    "PrintOrderQueued": CLEARED,
    "DocumentPrinted": PRINTED,
    "DeliveryAssigned": PRINTED,
    "DeliveryCompleted": frozenset("ab"),
    "DocumentReturned": frozenset("d"),
}
COUNTS = {"BlankAllocated": 6, "BlankReleased": 1, "BlankSpoiled": 1, "MessageSent": 11, "MessageUndeliverable": 0}


def a_log() -> Log:
    events = {("topic", name): len(keys) for name, keys in KEYS.items()} | {("topic", n): c for n, c in COUNTS.items()}
    return Log(
        events=Counter(events),
        keys={name: set(keys) for name, keys in KEYS.items()},
        serials=Counter(BOOKS.serials),
        visits=Counter(BOOKS.visits),
        blanks_received=6,
        records=60,
    )


EXPECTED = Expected(
    taken=6,
    refused=Counter({"NIK_LENGTH": 2, "UNKNOWN_RW": 1}),
    cancelled=1,
    cleared=5,
    delivery_states=Counter({"DELIVERED": 2, "ASSIGNED": 1, "RETURNED": 1}),
    visits=Counter(BOOKS.visits),
)
TOLD = Told(Counter({"NIK_LENGTH": 2, "UNKNOWN_RW": 1}))


def broken(
    books: Books = BOOKS, log: Log | None = None, expected: Expected = EXPECTED, told: Told = TOLD
) -> dict[str, Check]:
    return {check.name: check for check in compare(books, log or a_log(), expected, told) if not check.holds}


def test_services_that_agree_pass_every_comparison() -> None:
    assert broken() == {}


def test_every_comparison_has_a_name_of_its_own_and_a_sentence() -> None:
    checks = compare(BOOKS, a_log(), EXPECTED, TOLD)
    assert len({check.name for check in checks}) == len(checks) > 35
    assert all(" " in check.sentence for check in checks)


SETS = [
    ("taken", {"recorded", "recorded-once", "recipients", "application-states", "told-received", "script-taken"}),
    ("cleared", {"cleared", "orders", "script-cleared"}),
    ("cancelled", {"cancelled", "script-cancelled"}),
    ("closed", {"closed", "closed-by-delivery"}),
    ("orders", {"orders", "queued", "order-states"}),
    ("printed", {"printed", "printed-once", "deliveries", "told-ready"}),
    ("on_blank", {"allocations", "printed-on-blanks"}),
    ("deliveries", {"deliveries", "delivery-states", "holders"}),
    ("delivered", {"delivered", "delivered-once", "closed-by-delivery", "told-delivered"}),
    ("returned", {"returned"}),
]


@pytest.mark.parametrize(("name", "noticed_by"), SETS)
@pytest.mark.parametrize("change", [lambda ids: ids - {min(ids)}, lambda ids: ids | {"z"}])
def test_one_application_too_few_or_too_many_in_a_database_is_noticed(
    name: str, noticed_by: set[str], change: Callable[[frozenset[str]], frozenset[str]]
) -> None:
    noticed = set(broken(replace(BOOKS, **{name: change(getattr(BOOKS, name))}))) - {"assigned-documents"}
    assert noticed == noticed_by


@pytest.mark.parametrize(("name", "noticed_by"), [(n, by) for n, by in SETS if n != "on_blank"])
def test_another_application_in_the_same_number_is_noticed(name: str, noticed_by: set[str]) -> None:
    ids: frozenset[str] = getattr(BOOKS, name)
    other = broken(replace(BOOKS, **{name: ids - {min(ids)} | {"z"}}))
    other.pop("assigned-documents", None)
    assert other
    assert set(other) <= noticed_by
    assert all(check.apart == 2 and check.left == check.right for check in other.values())


@pytest.mark.parametrize("name", sorted(KEYS))
def test_an_event_that_is_missing_on_the_log_is_noticed(name: str) -> None:
    log = a_log()
    lost = min(KEYS[name])
    log.keys[name].discard(lost)
    log.events["topic", name] -= 1
    assert broken(log=log)


@pytest.mark.parametrize("name", ["ApplicationRecorded", "DocumentPrinted", "DeliveryCompleted", *COUNTS])
def test_an_event_that_was_said_twice_is_noticed(name: str) -> None:
    log = a_log()
    log.events["topic", name] += 1
    assert broken(log=log)


def test_a_document_on_its_way_that_was_assigned_to_nobody_is_noticed() -> None:
    log = a_log()
    log.keys["DeliveryAssigned"].discard("a")
    assert set(broken(log=log)) == {"assigned"}


def test_an_assignment_of_a_document_that_does_not_exist_is_noticed() -> None:
    log = a_log()
    log.keys["DeliveryAssigned"].add("z")
    assert set(broken(log=log)) == {"assigned-documents"}


STATES = ("application_states", "order_states", "delivery_states", "holders")


@pytest.mark.parametrize("name", STATES)
def test_an_aggregate_in_two_states_or_none_is_noticed(name: str) -> None:
    states = dict(getattr(BOOKS, name))
    first = next(iter(states))
    for step in (-1, 1):
        assert broken(replace(BOOKS, **{name: states | {first: states[first] + step}}))


@pytest.mark.parametrize("column", [f for f in Stock.__slots__ if f not in ("stock_id", "reserved")])
def test_a_blank_that_appears_or_disappears_breaks_the_conservation(column: str) -> None:
    for step in (-1, 1):
        stock = replace(STOCK, **{column: getattr(STOCK, column) + step})
        assert "conserved DISDUKCAPIL/KTP_EL" in broken(replace(BOOKS, stocks=(stock,)))


def test_more_blanks_reserved_than_there_are_is_noticed() -> None:
    assert "reserved DISDUKCAPIL/KTP_EL" in broken(replace(BOOKS, stocks=(replace(STOCK, reserved=3),)))
    assert "allocations" in broken(replace(BOOKS, stocks=(replace(STOCK, reserved=2),)))


def test_a_lot_that_was_not_announced_is_noticed() -> None:
    log = a_log()
    log.blanks_received -= 1
    assert set(broken(log=log)) == {"blanks-received"}


def test_a_serial_used_twice_is_noticed() -> None:
    log = a_log()
    log.serials["1"] += 1
    assert {"serials", "serials-once"} <= set(broken(log=log))


def test_a_serial_that_is_gone_without_a_print_is_noticed() -> None:
    books = replace(BOOKS, serials=BOOKS.serials + Counter({"9": 1}))
    assert {"serials", "serials-used"} <= set(broken(books))


def test_a_visit_with_another_outcome_is_noticed() -> None:
    log = a_log()
    log.visits = Counter({"NOT_AT_HOME": 1, "REFUSED": 1, "DECEASED": 1})
    assert set(broken(log=log)) == {"visits"}


@pytest.mark.parametrize(
    ("message", "noticed_by"),
    [
        (("RECEIVED", "SENT"), {"told-received", "messages-sent"}),
        (("READY", "SENT"), {"told-ready", "messages-sent"}),
        (("DELIVERED", "SENT"), {"told-delivered", "messages-sent"}),
        (("MISSED", "UNDELIVERABLE"), {"messages-given-up"}),
        (("HELD", "DUE"), {"messages-at-rest"}),
        (("HELD", "WAITING"), {"messages-at-rest"}),
    ],
)
def test_a_message_too_many_is_noticed(message: tuple[str, str], noticed_by: set[str]) -> None:
    assert set(broken(replace(BOOKS, messages=BOOKS.messages + Counter({message: 1})))) == noticed_by


@pytest.mark.parametrize("name", ["unsent", "parked"])
def test_an_event_left_in_an_outbox_or_set_aside_is_noticed(name: str) -> None:
    assert len(broken(replace(BOOKS, **{name: {"intake": 1, "notify": 0}}))) == 1


@pytest.mark.parametrize("fault", ["headers", "keys", "versions"])
def test_a_fault_on_the_log_is_noticed(fault: str) -> None:
    log = a_log()
    log.faults[fault] += 1
    assert set(broken(log=log)) == {f"log-{fault}"}


def test_a_row_refused_for_the_wrong_reason_is_noticed() -> None:
    told = Told(Counter({"NIK_LENGTH": 1, "UNKNOWN_RW": 2}))
    assert set(broken(told=told)) == {"script-refused"}


@pytest.mark.parametrize("name", ["taken", "cancelled", "cleared"])
def test_a_script_that_expects_one_more_is_noticed(name: str) -> None:
    assert set(broken(expected=replace(EXPECTED, **{name: getattr(EXPECTED, name) + 1}))) == {f"script-{name}"}


@pytest.mark.parametrize(
    ("name", "noticed_by"), [("delivery_states", "script-deliveries"), ("visits", "script-visits")]
)
def test_a_document_that_went_elsewhere_than_the_script_says_is_noticed(name: str, noticed_by: str) -> None:
    other = getattr(EXPECTED, name) + Counter({"ELSEWHERE": 1})
    assert set(broken(expected=replace(EXPECTED, **{name: other}))) == {noticed_by}
