"""What a record looks like on the log: what cannot be read is set aside whole, and what only looks odd is read."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from shared.messaging import Received, Transaction
from shared.messaging.consumer import Handler
from shared.messaging.parking import unpack
from shared.messaging.transaction import Database
from tests.harness import Logged
from tests.shared.conftest import Reader, assigned, completed, recipient


def without(record: Logged, header: str) -> Logged:
    return replace(record, headers=[h for h in record.headers if h[0] != header])


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda r: replace(r, value=b"{broken"), "bad-data"),
        (lambda r: replace(r, value=b"[" * 10_000), "bad-data"),
        (lambda r: replace(r, value=b'{"application_id":1}'), "bad-data"),
        (lambda r: replace(r, key=None), "null-key"),
        (lambda r: replace(r, key=b"\xff\xfe"), "bad-key"),
        (lambda r: replace(r, key=b"a\x00b"), "bad-key"),
        (lambda r: replace(r, key=b"k" * 5_000), "bad-key"),
        (lambda r: without(r, "ce_sequence"), "missing-header"),
        (lambda r: without(r, "ce_id"), "missing-header"),
        (lambda r: replace(r, headers=[*without(r, "ce_id").headers, ("ce_id", None)]), "missing-header"),
        (lambda r: replace(r, headers=[*r.headers, ("content-type", None)], value=b"{broken"), "bad-data"),
        (lambda r: without(r, "ce_time"), "missing-header"),
        (lambda r: replace(without(r, "ce_sequence"), headers=[("ce_sequence", b"first")]), "bad-header"),
        (lambda r: replace(without(r, "ce_sequence"), headers=[("ce_sequence", b"9" * 30)]), "bad-header"),
        (lambda r: replace(without(r, "ce_sequence"), headers=[("ce_sequence", b"0")]), "bad-header"),
        (lambda r: replace(r, headers=[*without(r, "ce_type").headers, ("ce_type", b"\xff")]), "bad-header"),
        (lambda r: replace(r, headers=[("content-type", b"application/cloudevents+json")], value=b"7"), "bad-envelope"),
    ],
)
async def test_a_record_that_cannot_be_read_is_set_aside_and_its_neighbours_are_not(
    reader: Reader, damage: Any, code: str
) -> None:
    good = uuid7()
    await reader.applier.apply([damage(reader.log.record(assigned(uuid7()))), reader.log.record(assigned(good))])
    assert [c for _, _, c in await reader.parked()] == [code]
    assert await reader.versions_of(good) == [1]


async def test_what_cannot_be_read_and_came_too_early_costs_no_earlier_event_its_turn(reader: Reader) -> None:
    key = uuid7()
    first, second = reader.log.record(assigned(key)), reader.log.record(assigned(key))
    await reader.applier.apply([replace(second, value=b"{broken"), first])
    assert await reader.versions_of(key) == [1]
    assert await reader.parked() == [(str(key), 2, "gap")]


async def test_of_a_stopped_stream_what_cannot_be_read_is_left_alone_as_well(reader: Reader) -> None:
    record, elsewhere = reader.log.record(assigned(uuid7())), uuid7()
    await reader.pool.execute("insert into stopped_stream values ($1, 'k', 1, $2, $2)", record.topic, str(uuid7()))
    nameless = replace(record, key=None)
    assert await reader.applier.apply([nameless]) == {record.topic}
    assert await reader.applier.apply([nameless, reader.log.record(recipient(elsewhere, "SITI"))]) == {record.topic}
    assert await reader.versions_of(elsewhere) == [1]
    assert await reader.parked() == []


async def test_an_event_whose_reading_ends_with_an_error_of_any_kind_is_set_aside(reader: Reader) -> None:
    def read(data: bytes) -> Any:
        raise ZeroDivisionError

    key, other = uuid7(), uuid7()
    record = reader.log.record(assigned(key))
    handler = reader.consumer.handlers[record.topic, "DeliveryAssigned"]
    reader.consumer.handlers[record.topic, "DeliveryAssigned"] = Handler(read, handler.apply)
    await reader.applier.apply([record, reader.log.record(completed(other))])
    assert await reader.parked() == [(str(key), 1, "bad-data")]
    assert await reader.versions_of(other) == [1]


async def test_a_header_of_someone_else_with_any_bytes_harms_nothing(reader: Reader) -> None:
    key = uuid7()
    record = reader.log.record(assigned(key))
    await reader.applier.apply([replace(record, headers=[*record.headers, ("x-note", b"\xff\xfe\x00")])])
    assert await reader.versions_of(key) == [1]


@pytest.mark.parametrize("sent", [b"00-%s-%s-01" % (b"a" * 32, b"b" * 16), b"abc12345678\x00", b"\xff", b""])
async def test_what_follows_from_an_event_goes_on_in_its_trace_if_that_is_one(reader: Reader, sent: bytes) -> None:
    async def answer(received: Sequence[Received[Any]], tx: Transaction) -> None:
        tx.announce(*(completed(r.event.application_id) for r in received))

    reader.before_effect = answer
    record = reader.log.record(assigned(uuid7()))
    await reader.applier.apply([replace(record, headers=[*record.headers, ("traceparent", sent)])])
    said = await reader.pool.fetchval("select traceparent from outbox")
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", said)
    assert (said[3:35] == "a" * 32) == sent.startswith(b"00-")


async def test_a_parked_record_comes_back_exactly_as_it_was(reader: Reader) -> None:
    key = uuid7()
    reader.log.record(assigned(key))
    record = reader.log.record(assigned(key))
    record = replace(record, headers=[*record.headers, ("x-note", b"\xff\x00"), ("x-none", None), ("x-empty", b"")])
    await reader.applier.apply([record])
    assert unpack(await reader.pool.fetchval("select headers from parked")) == record.headers
    async with Database(reader.pool, "dispatch").transaction() as tx:
        await tx.conn.execute("insert into stream_position values ($1, $2, 1, 0, null)", record.topic, str(key))
    assert await reader.applier.drain() == 1
    assert await reader.versions_of(key) == [2]


async def test_an_event_in_a_structured_envelope_is_read_as_well(reader: Reader) -> None:
    key = uuid7()
    value = (
        b'{"specversion":"1.0","id":"%s","source":"/antar/dispatch","type":"DeliveryAssigned","sequence":"1",'
        b'"traceparent":7,"time":"2026-11-25T08:00:00Z","data":%s}' % (str(uuid7()).encode(), assigned(key).write())
    )
    record = reader.log.record(assigned(key))
    headers = [("content-type", b"application/cloudevents+json; charset=utf-8")]
    await reader.applier.apply([replace(record, headers=headers, value=value)])
    assert await reader.versions_of(key) == [1]
