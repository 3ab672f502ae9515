"""A city of three applications in which everything went right, to be doctored by the tests of the checker.

A was printed on blank 1, was not at home once, and has the card. The blank 2 was spoiled for B, whose card on blank 3
waits for a courier. C was cancelled. On the log stand two records of the run's own: one without a key, and the first of
three events of an application P that nobody knows, whose body is broken.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from shared.events import cloudevents
from shared.events.base import Event
from shared.events.catalogue import topics
from shared.events.dispatch import (
    AttemptOutcome,
    DeliveryAssigned,
    DeliveryAttempted,
    DeliveryCompleted,
    DocumentHandedOver,
)
from shared.events.intake import (
    ApplicationCancelled,
    ApplicationClearedForPrint,
    ApplicationClosed,
    ApplicationRecorded,
    RecipientRegistered,
)
from shared.events.notify import MessageSent, MessageUndeliverable, Milestone
from shared.events.printing import BlankAllocated, BlankSpoiled, BlanksReceived, DocumentPrinted, PrintOrderQueued
from tests.chaos.case import SERVICES, Case, sequence
from tests.chaos.evidence import City, Life, Parked, Recovery, Sample, Used
from tests.contracts.examples import example
from tests.harness import Log, Logged
from tools.demo.books import Books, Stock
from tools.demo.books import Log as Told

A, B, C, P = (str(UUID(int=number, version=4)) for number in (10, 11, 12, 99))
STOCK = "DISDUKCAPIL/KTP_EL"

APPLICATION = "intake.application.v1"
RECIPIENT = "intake.recipient.v1"
ORDER = "printing.print-order.v1"
LOTS = "printing.blank-stock.v1"
DELIVERY = "dispatch.delivery.v1"
MESSAGE = "notify.message.v1"
COPIES = f"{DELIVERY}.notify.parked"

NIK = "3275990101010001"


def of(type_: type[Event], application: str, **fields: object) -> Event:
    """An event about an application, with these fields."""
    return example(type_, UUID(application)).model_copy(update=fields)


def told(application: str, *milestones: Milestone) -> Iterator[Event]:
    """The messages that went out."""
    return (of(MessageSent, application, milestone=milestone) for milestone in milestones)


def _everything() -> Iterator[Event]:
    early = (Milestone.RECEIVED, Milestone.WAITING_FOR_BLANK, Milestone.READY)
    yield of(BlanksReceived, A, stock_id=STOCK, first_serial="1", last_serial="4", quantity=4)
    for one in (A, B, C):
        yield of(ApplicationRecorded, one)
        yield of(RecipientRegistered, one, full_name=f"WARGA {NIK}")
    yield of(ApplicationCancelled, C)
    yield from told(C, Milestone.RECEIVED)
    for one in (A, B):
        yield of(ApplicationClearedForPrint, one)
        yield of(PrintOrderQueued, one)
        yield of(BlankAllocated, one)
        yield from told(one, *early)
    yield of(DocumentPrinted, A, serial="1")
    yield of(BlankSpoiled, B, serial="2")
    yield of(BlankAllocated, B)
    yield of(DocumentPrinted, B, serial="3")
    yield of(DeliveryAssigned, A)
    yield of(DocumentHandedOver, A)
    yield of(DeliveryAttempted, A, outcome=AttemptOutcome.NOT_AT_HOME)
    yield of(MessageUndeliverable, A, milestone=Milestone.MISSED)
    yield of(DeliveryCompleted, A)
    yield from told(A, Milestone.DELIVERED)
    yield of(ApplicationClosed, A)


def _books() -> Books:
    both = frozenset({A, B})
    sent = {"RECEIVED": 3, "WAITING_FOR_BLANK": 2, "READY": 2, "DELIVERED": 1}
    return Books(
        taken=frozenset({A, B, C}),
        cleared=both,
        cancelled=frozenset({C}),
        closed=frozenset({A}),
        orders=both,
        printed=both,
        on_blank=both,
        deliveries=both,
        assigned=frozenset({A}),
        delivered=frozenset({A}),
        returned=frozenset(),
        serials=Counter({"1": 1, "2": 1, "3": 1}),
        visits=Counter({"NOT_AT_HOME": 1}),
        messages=Counter({(name, "SENT"): n for name, n in sent.items()} | {("MISSED", "UNDELIVERABLE"): 1}),
        stocks=(Stock(STOCK, 4, 0, 1, 0, 2, 1, 0, 0),),
        application_states={"CLOSED": 1, "PRINTED": 1, "CANCELLED": 1},
        order_states={"PRINTED": 2},
        delivery_states={"DELIVERED": 1, "WAITING_FOR_COURIER": 1},
        holders={"RECEIVER": 1, "OFFICE": 1},
        unsent=dict.fromkeys(SERVICES, 0),
        parked={"notify": 4, "intake": 4},
    )


def recovery(busy_until: float, until: float = 60.0) -> Recovery:
    """Looks every two seconds after a fault that healed at 100; `printing` has to read until then."""
    none = dict.fromkeys(SERVICES, 0)
    times = [2.0 * n for n in range(int(until / 2) + 1)]
    return Recovery(100.0, [Sample(100.0 + t, none | {"printing": 7 * (t < busy_until)}, none) for t in times])


def _city() -> City:
    return City(
        books=_books(),
        log=Told(),
        used=[Used("1", A, "PRINTED"), Used("2", B, "SPOILED"), Used("3", B, "PRINTED")],
        pressed=[(A, "1"), (B, "2"), (B, "3")],
        live={A: "one", B: "another"},
        told={
            "RECEIVED": {A: 1, B: 1, C: 1},
            "WAITING_FOR_BLANK": {A: 1, B: 1},
            "READY": {A: 1, B: 1},
            "MISSED": {A: 1},
            "DELIVERED": {A: 1},
        },
    )


def small_city() -> Case:
    """All is well."""
    lives = [Life("printing", "TERM", 0, 0.8), Life("printing", "KILL", -9), Life("printing")]
    canaries = (NIK, "81299000111", "JALAN MAWAR NO. 7")
    case, log = Case(_city(), recovery(busy_until=4.0), lives, canaries), Log()
    case.records = [log.record(event) for event in _everything()]
    case.texts["log notify"] = '{"event": "started"}'
    for record in case.records:
        topic, key, version = topics()[record.topic], (record.key or b"").decode(), sequence(record) or 0
        case.said[topic.owner][topic.name][key] = version
        case.hear(topic.name, key, version)
    _poison(case)
    return case


def _poison(case: Case) -> None:
    readers = frozenset({"intake", "notify"})
    keyless = replace(Log().record(of(DeliveryAssigned, P)), key=None)
    events = [Log().record(of(DeliveryCompleted, P), version) for version in (1, 2, 3)]
    events[0] = replace(events[0], value=b"{")
    places = [case.put(record) for record in (keyless, *events)]
    case.injected = dict.fromkeys(places, frozenset[str]()) | dict.fromkeys(places[:2], readers)
    for reader in sorted(readers):
        case.heard[reader][DELIVERY][P] = 0
        case.parked[reader] += [
            Parked(places[0], None, None, "null-key"),
            Parked(places[1], P, 1, "bad-data"),
            Parked(places[2], P, 2, "gap"),
            Parked(places[3], P, 3, "gap"),
        ]
    case.records.append(a_copy(b"{"))
    case.said["notify"][COPIES][P] = 1


def a_copy(value: bytes) -> Logged:
    """What notify publishes of a record that it set aside."""
    return copy_of({"value": base64.b64encode(value).decode(), "headers": [["ce_type", ""]]})


def copy_of(content: dict[str, object], topic: str = COPIES) -> Logged:
    """The copy with this content, as it stands on its topic."""
    event_id, time = str(UUID(int=7, version=4)), "2026-11-25T03:00:00+00:00"
    headers = cloudevents.headers("notify", topic, P.encode(), 1, event_id, "RecordParked", time, None)
    return Logged(topic, 0, 0, P.encode(), json.dumps(content).encode(), headers)
