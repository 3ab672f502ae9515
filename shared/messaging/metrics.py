"""What the core counts for those who watch it; labels are topics, types and codes, never keys."""

from collections import Counter as Counts
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge

if TYPE_CHECKING:
    from shared.messaging.judging import Plan

EVENTS = Counter("antar_events_applied_total", "Events whose position was moved", ["group", "topic"])
PARKED = Counter("antar_events_parked_total", "Records set aside", ["group", "topic", "code"])
POLLS = Counter("antar_polls_total", "Polls applied", ["group"])
RETRIES = Counter("antar_poll_retries_total", "Polls tried again after transient trouble", ["group", "error"])
RELAYED = Counter("antar_events_relayed_total", "Events acknowledged by the log", ["service"])
OUTBOX_AGE = Gauge("antar_outbox_age_seconds", "Age of the oldest event that is not yet on the log", ["service"])


def count(group: str, plan: "Plan") -> None:
    """Add one poll."""
    POLLS.labels(group).inc()
    applied = Counts(incoming.record.topic for incoming in plan.accepted)
    for topic, number in applied.items():
        EVENTS.labels(group, topic).inc(number)
    for parked in plan.parked:
        PARKED.labels(group, parked.record.topic, parked.code).inc()
