"""What the core counts for those who watch it; labels are topics, types and codes, never keys."""

import time
from collections import Counter as Counts
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

from shared.messaging.transaction import Connection

if TYPE_CHECKING:
    from shared.messaging.judging import Plan

EVENTS = Counter("antar_events_applied_total", "Events whose position was moved", ["group", "topic"])
PARKED = Counter("antar_events_parked_total", "Records set aside", ["group", "topic", "code"])
POLLS = Counter("antar_polls_total", "Polls applied", ["group"])
RETRIES = Counter("antar_poll_retries_total", "Polls tried again after transient trouble", ["group", "error"])
RELAYED = Counter("antar_events_relayed_total", "Events acknowledged by the log", ["service"])
HOP = Histogram(
    "antar_hop_seconds",
    "From an event's time to the commit of its effects here, of one event a poll and topic",
    ["group", "topic"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200),
)

LAG = Gauge(
    "antar_lag_events", "Events on the log behind the committed offsets of this process's share", ["group", "topic"]
)
OUTBOX_AGE = Gauge("antar_outbox_age_seconds", "Age of the oldest event that is not yet on the log", ["service"])
PARKED_NOW = Gauge("antar_parked_records", "Records that are set aside now", ["group", "topic", "code"])
STOPPED = Gauge(
    "antar_stream_stopped", "1 where a topic is read no further: its history was rewritten", ["group", "topic"]
)


def count(group: str, plan: "Plan") -> None:
    """Add one poll."""
    POLLS.labels(group).inc()
    applied = Counts(incoming.record.topic for incoming in plan.accepted)
    for topic, number in applied.items():
        EVENTS.labels(group, topic).inc(number)
    for parked in plan.parked:
        PARKED.labels(group, parked.record.topic, parked.code).inc()


def observe(group: str, plan: "Plan") -> None:
    """How long the first event of each topic was on its way: one look a poll, since a look at each would be felt."""
    first = {incoming.aggregate[0]: incoming for incoming in reversed(plan.accepted)}
    now = time.time()
    for topic, incoming in first.items():
        HOP.labels(group, topic).observe(max(0.0, now - incoming.time.timestamp()))


def show_lag(group: str, lag: Mapping[str, int]) -> None:
    """How much is left to read, by topic."""
    LAG.clear()
    for topic, events in lag.items():
        LAG.labels(group, topic).set(events)


def of_tables(service: str, group: str, heard: Collection[str]) -> Callable[[Connection], Awaitable[None]]:
    """What the tables of the core say of a service whose consumer `group` hears these topics; for `Measures`."""

    async def measure(conn: Connection) -> None:
        age = await conn.fetchval("select extract(epoch from now() - created_at) from outbox order by id limit 1")
        parked = await conn.fetch("select topic, code, count(*) as records from parked group by topic, code")
        stopped = {row["topic"] for row in await conn.fetch("select topic from stopped_stream")}
        OUTBOX_AGE.labels(service).set(age or 0)
        PARKED_NOW.clear()
        for row in parked:
            PARKED_NOW.labels(group, row["topic"], row["code"]).set(row["records"])
        for topic in heard:
            STOPPED.labels(group, topic).set(topic in stopped)

    return measure
