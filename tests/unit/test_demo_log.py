"""The outsider's reading of the topics notices every fault of an envelope, and counts what was sent twice once."""

import json
from typing import Any, NamedTuple
from uuid import uuid4

from shared.events.catalogue import topics
from tools.demo.topics import Reader

ORDERS = "printing.print-order.v1"
STOCK = "printing.blank-stock.v1"
RECIPIENTS = "intake.recipient.v1"
KEY = "0197f3a0-0000-7000-8000-000000000001"


class Record(NamedTuple):
    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def record(
    type_: str = "BlankAllocated",
    version: int = 1,
    *,
    topic: str = ORDERS,
    key: str = KEY,
    subject: str | None = None,
    event_id: str | None = None,
    without: str = "",
    **body: Any,
) -> Record:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id or str(uuid4()),
        "ce_source": "/antar/printing",
        "ce_type": type_,
        "ce_subject": subject or key,
        "ce_time": "2025-06-02T08:00:00Z",
        "ce_dataschema": f"urn:antar:schema:{topic}:{type_}",
        "ce_sequence": str(version),
    }
    headers.pop(without, None)
    value = json.dumps({topics()[topic].key: key} | body).encode()
    return Record(topic, key.encode(), value, [(name, text.encode()) for name, text in headers.items()])


def read(*records: Record) -> Reader:
    reader = Reader(topics().values())
    reader.take(records)  # type: ignore[arg-type]
    return reader


def test_events_are_counted_by_topic_and_type_with_their_keys() -> None:
    log = read(record("PrintOrderQueued"), record("BlankAllocated", 2)).log
    assert log.events == {(ORDERS, "PrintOrderQueued"): 1, (ORDERS, "BlankAllocated"): 1}
    assert log.of("BlankAllocated", "PrintOrderQueued") == {KEY}
    assert not log.faults


def test_what_a_relay_sent_again_after_it_was_killed_counts_once() -> None:
    one, two = record("PrintOrderQueued", 1), record("BlankAllocated", 2)
    log = read(one, two, one, two, record("BlankReleased", 3)).log
    assert log.records == 5
    assert sum(log.events.values()) == 3
    assert not log.faults


def test_a_gap_in_the_versions_of_a_key_is_a_fault() -> None:
    assert read(record(version=1), record(version=3)).log.faults == {"versions": 1}


def test_a_key_that_does_not_begin_with_one_is_a_fault() -> None:
    assert read(record(version=2)).log.faults == {"versions": 1}


def test_two_events_under_the_same_version_are_a_fault() -> None:
    assert read(record(version=1), record(version=1)).log.faults == {"versions": 1}


def test_a_compacted_topic_may_have_gaps() -> None:
    assert not read(record("RecipientRegistered", 3, topic=RECIPIENTS)).log.faults


def test_each_missing_header_is_a_fault() -> None:
    for name, _ in record().headers:
        assert read(record(without=name)).log.faults == {"headers": 1}, name


def test_a_key_that_is_not_the_subject_or_not_the_aggregate_is_a_fault() -> None:
    assert read(record(subject="other")).log.faults == {"keys": 1}
    stray = record("BlanksReceived", topic=STOCK, key="A/B", stock_id="C/D", quantity=1)
    assert read(stray).log.faults == {"keys": 1}


def test_serials_visits_and_lots_are_read_from_the_bodies() -> None:
    log = read(
        record("BlankSpoiled", 1, serial="S1"),
        record("DocumentPrinted", 2, serial="S2"),
        record("DocumentPrinted", 1, serial=None, key="0197f3a0-0000-7000-8000-000000000002"),
        record("DeliveryAttempted", 1, topic="dispatch.delivery.v1", outcome="NOT_AT_HOME"),
        record("BlanksReceived", 1, topic=STOCK, key="DISDUKCAPIL/KTP_EL", quantity=1000),
    ).log
    assert log.serials == {"S1": 1, "S2": 1}
    assert log.visits == {"NOT_AT_HOME": 1}
    assert log.blanks_received == 1000
