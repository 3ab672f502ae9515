"""A receiver of traces, as a city would have one: takes what services send by OTLP over HTTP, and keeps it."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tools.embedded.ports import HOST


class Received(NamedTuple):
    """A span that came; `parent` is empty at a root, `error` where it is marked as one."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, str]
    error: str


class Receiver:
    """What has come so far."""

    def __init__(self) -> None:
        self.spans: list[Received] = []
        self.text = ""
        """All of it as text, to be searched."""

    def take(self, body: bytes) -> None:
        """What one request brings."""
        request = ExportTraceServiceRequest.FromString(body)
        self.text += str(request)
        for of_service in request.resource_spans:
            service = _values(of_service.resource.attributes)["service.name"]
            for span in (span for scope in of_service.scope_spans for span in scope.spans):
                ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
                self.spans.append(Received(service, span.name, *ids, _values(span.attributes), span.status.message))

    def of_trace(self, trace: str) -> list[Received]:
        """The spans of one trace, in the order of their arrival."""
        return [span for span in self.spans if span.trace == trace]


def _values(attributes: Any) -> dict[str, str]:
    return {a.key: a.value.string_value or str(a.value.int_value) for a in attributes}


@contextmanager
def receiving(port: int) -> Iterator[Receiver]:
    """Receives on this port while the block runs."""
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.take(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((HOST, port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield received
        server.shutdown()
