"""What is counted of requests: by the route's pattern, never by an address, which may hold a code or a name."""

from typing import Final

from prometheus_client import Counter, Histogram

REQUESTS = Counter("antar_http_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "antar_http_request_seconds",
    "From a request's headers to the beginning of its answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count(method: str, route: str, status: int, seconds: float) -> None:
    """Add one request; `route` is empty where the address led nowhere."""
    # Anybody may send any word as a method, and a row is kept of each.
    method, route = method if method in METHODS else "other", route or "none"
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(method, route).observe(seconds)
