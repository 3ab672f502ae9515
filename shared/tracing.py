"""Traces: what has a UUID has a trace of that number. So one application is one trace, in all services, for weeks.

Every event carries its place in a trace (W3C traceparent). Spans are recorded and sent only where `ANTAR_TRACES` says
where to; elsewhere OpenTelemetry is not even loaded.
"""

import re
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import getrandbits
from typing import TYPE_CHECKING, Final

from structlog.types import EventDict, WrappedLogger

if TYPE_CHECKING:
    from shared.spans import Spans

_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

spans: "Spans | None" = None
"""What records spans; None where traces are off. One process, one recorder."""


def configure(service: str, address: str | None) -> None:
    """Send the spans of this process to an OTLP receiver (HTTP, such as http://collector:4318); None: record none."""
    global spans  # noqa: PLW0603 - as there is one log and one set of counters in a process
    if address:
        from shared.spans import Spans, exported_to  # noqa: PLC0415 - what only who wants traces has to carry

        spans = Spans(service, exported_to(address))


def number_of(name: str) -> str | None:
    """The trace of what has this id, as W3C writes it; None of what is no UUID."""
    return name.replace("-", "") if _UUID.fullmatch(name) else None


def trace_of(key: str) -> str:
    """The trace that begins with an aggregate."""
    return number_of(key) or f"{getrandbits(128):032x}"


def following(key: str, cause: str | None) -> str:
    """A traceparent for what is announced of `key`: in the trace of what caused it, else in that of the aggregate."""
    return f"00-{cause[3:35] if cause else trace_of(key)}-{getrandbits(64):016x}-01"


@dataclass
class Asked:
    """A request under way. Its trace is settled by what it first announces, else by what its path names."""

    began: int = field(default_factory=time.time_ns)
    span: int = field(default_factory=lambda: getrandbits(64) or 1)
    trace: str | None = None

    def about(self, keys: set[str]) -> None:
        """It announces something of these aggregates: of one, it stands in that one's trace, else in one of its own."""
        if self.trace is None:
            self.trace = trace_of(next(iter(keys)) if len(keys) == 1 else "")

    @property
    def traceparent(self) -> str:
        """Its place, once its trace is settled."""
        return f"00-{self.trace}-{self.span:016x}-01"


asked: ContextVar[Asked | None] = ContextVar("asked", default=None)
"""The request that is being answered, where traces are on."""


def in_log_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Name the trace of the request under way, and of a line that is about one aggregate (`key`) that one's."""
    under_way = asked.get()
    trace = number_of(key) if isinstance(key := event.get("key"), str) else under_way.trace if under_way else None
    return {**event, "trace": trace} if trace else event
