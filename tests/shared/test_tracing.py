"""One application is one trace: what is asked, said, sent and applied hangs together, and nothing of a person is in it."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from shared import tracing
from shared.events import cloudevents
from shared.http.app import Db
from shared.messaging import Received, Transaction
from shared.people import Role, may
from shared.people.access import routes_of
from shared.spans import Spans
from tests.harness import Logged
from tests.people import EVERYBODY, bearer
from tests.shared.conftest import Reader, assigned, completed, recipient
from tests.shared.test_poll import refusing
from tests.small import small_app

Recorded = dict[str, ReadableSpan]

router = APIRouter()


@router.post("/recipients/{one}")
async def register_one(one: UUID, db: Db) -> None:
    async with db.transaction() as tx:
        tx.announce(recipient(one, "SITI CONTOH"))


@router.post("/files")
async def register_many(db: Db) -> None:
    async with db.transaction() as tx:
        tx.announce(recipient(uuid7(), "SITI CONTOH"), recipient(uuid7(), "BUDI CONTOH"))


@router.post("/fails/{one}")
async def fail(one: UUID) -> None:
    raise AttributeError


@pytest.fixture
def recorded() -> Iterator[InMemorySpanExporter]:
    """What was recorded while traces were on."""
    exporter = InMemorySpanExporter()
    tracing.spans = Spans("dispatch", SimpleSpanProcessor(exporter))
    yield exporter
    tracing.spans = None


@pytest.fixture
def http(reader: Reader) -> httpx2.AsyncClient:
    app = small_app(reader.pool, [router], {route: may(*Role) for route in routes_of([router])})
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://antar.test", headers=bearer(EVERYBODY))


def by_name(exporter: InMemorySpanExporter) -> Recorded:
    return {span.name: span for span in exporter.get_finished_spans()}


def trace(span: ReadableSpan) -> int:
    assert span.context is not None
    return span.context.trace_id


def hangs_below(child: ReadableSpan, parent: ReadableSpan) -> bool:
    assert parent.context is not None
    return child.parent is not None and child.parent.span_id == parent.context.span_id and trace(child) == trace(parent)


async def on_the_log(reader: Reader) -> list[Logged]:
    """What stands in the outbox, as it will stand on the log."""
    rows = await reader.pool.fetch("select * from outbox order by id")
    return [
        Logged(
            r["topic"], 0, r["id"], r["key"].encode(), r["payload"],
            cloudevents.headers("intake", r["topic"], r["key"].encode(), r["version"], str(r["event_id"]), r["type"],
                                r["created_at"].isoformat(), r["traceparent"]),
        )
        for r in rows
    ]  # fmt: skip


async def test_a_request_what_it_says_and_what_follows_from_it_stand_in_the_trace_of_the_application(
    reader: Reader, http: httpx2.AsyncClient, recorded: InMemorySpanExporter
) -> None:
    key = uuid7()

    async def answer(received: Sequence[Received[Any]], tx: Transaction) -> None:
        tx.announce(completed(key))

    reader.before_effect = answer
    assert (await http.post(f"/recipients/{key}")).status_code == 200
    await reader.applier.apply(await on_the_log(reader))
    spans = by_name(recorded)
    assert {trace(span) for span in spans.values()} == {key.int}
    request = spans["POST /recipients/{one}"]
    assert (request.kind, request.parent) == (SpanKind.SERVER, None)
    assert hangs_below(spans["say RecipientRegistered"], request)
    assert hangs_below(spans["apply RecipientRegistered"], spans["say RecipientRegistered"])
    assert hangs_below(spans["say DeliveryCompleted"], spans["apply RecipientRegistered"])
    assert dict(spans["apply RecipientRegistered"].attributes or {})["antar.key"] == str(key)
    assert "CONTOH" not in str([span.to_json() for span in spans.values()])


async def test_weeks_later_and_from_nothing_heard_an_application_is_still_in_its_trace(
    reader: Reader, recorded: InMemorySpanExporter
) -> None:
    key = uuid7()
    for event in (assigned(key), completed(key)):
        async with reader.applier._db.transaction() as tx:
            tx.announce(event)
    assert [trace(span) for span in recorded.get_finished_spans()] == [key.int, key.int]


async def test_a_request_about_many_stands_alone_and_each_of_them_points_to_it(
    http: httpx2.AsyncClient, recorded: InMemorySpanExporter
) -> None:
    await http.post("/files")
    *said, request = recorded.get_finished_spans()
    assert len({trace(span) for span in (*said, request)}) == 3
    assert request.context is not None
    assert [[link.context.span_id for link in span.links] for span in said] == [[request.context.span_id]] * 2


async def test_what_was_not_committed_was_never_said(reader: Reader, recorded: InMemorySpanExporter) -> None:
    with pytest.raises(ZeroDivisionError):
        async with reader.applier._db.transaction() as tx:
            tx.announce(assigned(uuid7()))
            await tx.flush()
            raise ZeroDivisionError
    assert recorded.get_finished_spans() == ()


async def test_an_event_that_was_set_aside_is_marked_in_its_trace(
    reader: Reader, recorded: InMemorySpanExporter
) -> None:
    key, other = uuid7(), uuid7()
    reader.before_effect = refusing(key)
    await reader.applier.apply([reader.log.record(assigned(key)), reader.log.record(assigned(other))])
    marks = {trace(span): span.status.description for span in recorded.get_finished_spans() if span.name[:2] == "ap"}
    assert marks == {key.int: "set aside: handler-refused", other.int: None}


async def test_a_line_of_a_failed_request_names_the_trace(http: httpx2.AsyncClient) -> None:
    key = uuid7()
    with capture_logs() as lines:
        assert (await http.post(f"/fails/{key}")).status_code == 500
    assert lines[0]["trace"] == key.hex


def test_a_line_about_an_application_names_its_trace() -> None:
    key = uuid7()
    assert tracing.in_log_line(None, "", {"event": "event_refused", "key": str(key)})["trace"] == key.hex
    assert "trace" not in tracing.in_log_line(None, "", {"event": "event_refused", "key": "DINAS/KTP_EL"})


async def test_events_carry_the_trace_of_their_application_where_traces_are_off(reader: Reader) -> None:
    key = uuid7()
    async with reader.applier._db.transaction() as tx:
        tx.announce(assigned(key))
    assert (await reader.pool.fetchval("select traceparent from outbox"))[3:35] == key.hex


async def test_what_the_log_acknowledged_is_told_from_the_moment_it_was_said(
    reader: Reader, recorded: InMemorySpanExporter
) -> None:
    key = uuid7()
    async with reader.applier._db.transaction() as tx:
        tx.announce(assigned(key))
    rows = await reader.pool.fetch("select * from outbox")
    assert tracing.spans is not None
    tracing.spans.sent(rows, [rows[0]["id"]])
    said, sent = recorded.get_finished_spans()
    assert hangs_below(sent, said)
    assert sent.start_time is not None
    assert abs(sent.start_time / 1e9 - rows[0]["created_at"].timestamp()) < 0.001
