"""Spans of OpenTelemetry, loaded only where traces are wanted: what is asked, said, sent and applied.

An event's traceparent is the span that said it. Its sending and each application of it hang below that one, and what a
handler says below what it was applying. The trace of an application has a root for each act from outside.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from random import getrandbits
from typing import Any, Final
from uuid import UUID

import asyncpg
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from shared.events.cloudevents import Incoming
from shared.tracing import Asked, number_of, trace_of

QUEUE: Final = 20_000
"""Spans that wait to be sent at most; what comes on top is dropped, never waited for."""
EXPORT_SECONDS: Final = 5
LAST_SECONDS: Final = 3.0


class Heard:
    """The spans of a poll's events, until it is committed; `spans` are key and span by event id."""

    def __init__(self, spans: Mapping[UUID, tuple[str, Span]]) -> None:
        self._spans = spans
        self.traces = {key: _written(span) for key, span in spans.values()}
        """By key, what follows from it goes on from here."""

    def end(self, set_aside: Mapping[UUID | None, str]) -> None:
        """It is committed; `set_aside` are the codes of events that were not applied, by event id."""
        for event_id, (_, span) in self._spans.items():
            if (code := set_aside.get(event_id)) is not None:
                span.set_status(Status(StatusCode.ERROR, f"set aside: {code}"))
            span.end()


def exported_to(address: str) -> SpanProcessor:
    """Sends spans in batches, from a thread of its own, to the OTLP receiver there."""
    exporter = OTLPSpanExporter(f"{address.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
    return BatchSpanProcessor(exporter, max_queue_size=QUEUE, schedule_delay_millis=2000)


class Spans:
    """Records the spans of one service. A traceparent stands for a span wherever one is given or returned."""

    def __init__(self, service: str, processor: SpanProcessor) -> None:
        self._ids = _Ids()
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,  # which applications are followed is the receiver's to choose: it has seen them whole
            resource=Resource.create({"service.namespace": "antar", "service.name": service}),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("antar")

    def said(self, topic: str, type_: str, key: str, cause: str | None, request: Asked | None) -> tuple[str, Span]:
        """An event is announced, because of another or on request; its span ends when it is committed."""
        parent: str | None = cause
        links: Sequence[Link] = ()
        if cause is None and request is not None:
            if number_of(key) in (None, request.trace):
                parent = request.traceparent
            else:
                links = (Link(_context(request.traceparent)),)
        attributes = _about(topic, type_, key)
        span = self._begin(f"say {type_}", SpanKind.PRODUCER, parent, attributes, links=links, trace=trace_of(key))
        return _written(span), span

    def sent(self, rows: Iterable[asyncpg.Record], acknowledged: Collection[int]) -> None:
        """The log has acknowledged these rows of the outbox."""
        done = set(acknowledged)
        for row in rows:
            if row["id"] in done and row["traceparent"]:
                about = _about(row["topic"], row["type"], row["key"])
                began = _nanoseconds(row["created_at"])
                self._begin(f"send {row['type']}", SpanKind.INTERNAL, row["traceparent"], about, began=began).end()

    def heard(self, group: str, events: Sequence[Incoming]) -> Heard:
        """Events are about to be applied in one transaction."""
        more = {"messaging.consumer.group.name": group, "messaging.batch.message_count": len(events)}
        return Heard({incoming.event_id: (incoming.key, self._applying(incoming, more)) for incoming in events})

    def _applying(self, incoming: Incoming, more: Mapping[str, Any]) -> Span:
        about = {**_about(incoming.aggregate[0], incoming.type, incoming.key), **more}
        trace = trace_of(incoming.key)
        return self._begin(f"apply {incoming.type}", SpanKind.CONSUMER, incoming.traceparent, about, trace=trace)

    def answered(self, request: Asked, method: str, route: str, status: int) -> None:
        """A request was answered. Only the route's pattern is told: an address may hold what opens somebody's page."""
        attributes = {"http.request.method": method, "http.route": route, "http.response.status_code": status}
        name = f"{method} {route}".strip()
        span = self._begin(
            name, SpanKind.SERVER, None, attributes, began=request.began, trace=request.trace, number=request.span
        )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    def flush(self) -> None:
        """Send what was recorded, if that can be done soon."""
        # A receiver that does not answer must not hold up a stop.
        sending = threading.Thread(target=self._provider.force_flush, daemon=True)
        sending.start()
        sending.join(LAST_SECONDS)

    def _begin(
        self,
        name: str,
        kind: SpanKind,
        parent: str | None,
        attributes: Mapping[str, Any],
        *,
        links: Sequence[Link] = (),
        began: int | None = None,
        trace: str | None = None,
        number: int | None = None,
    ) -> Span:
        context = Context()
        if parent is not None:
            context = set_span_in_context(NonRecordingSpan(_context(parent)), context)
        self._ids.next = int(trace, 16) if trace else None, number
        return self._tracer.start_span(name, context, kind, attributes, links, start_time=began)


class _Ids(IdGenerator):
    # Numbers that are settled before a span begins: of a trace that begins with an application, of a request. They are
    # asked for by `start_span` in the same breath in which `_begin` sets them, and all spans begin on the event loop.
    next: tuple[int | None, int | None] = (None, None)

    def generate_trace_id(self) -> int:
        return self.next[0] or getrandbits(128) or 1

    def generate_span_id(self) -> int:
        return self.next[1] or getrandbits(64) or 1


def _about(topic: str, type_: str, key: str) -> dict[str, Any]:
    return {"messaging.system": "kafka", "messaging.destination.name": topic, "antar.event": type_, "antar.key": key}


def _context(traceparent: str) -> SpanContext:
    return SpanContext(int(traceparent[3:35], 16), int(traceparent[36:52], 16), True, TraceFlags(TraceFlags.SAMPLED))


def _written(span: Span) -> str:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-01"


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000
