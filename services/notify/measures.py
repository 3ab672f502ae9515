"""What notify shows to those who watch: whether people are told, and what became of what was to be told."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import Counter, Gauge

from services.notify.store import messages
from shared.events.notify import UndeliverableReason
from shared.messaging import Connection

UNDER_WAY: Final = ("DUE", "SENDING")

MESSAGES = Gauge("antar_messages", "Messages that are to be sent, or with a gateway", ["state"])
OVERDUE = Gauge("antar_messages_overdue_seconds", "Since the first of them should have been sent", ["state"])
ENDED = Counter("antar_messages_ended_total", "Messages that came to their end", ["state", "reason"])
for _reason in UndeliverableReason:
    ENDED.labels("UNDELIVERABLE", _reason)  # from 0 on: an increase is seen only of what was there before


async def measure(conn: Connection) -> None:
    """One question, about what is under way alone."""
    found = {row["state"]: row for row in await messages.under_way(conn)}
    for state in UNDER_WAY:
        row = found.get(state)
        MESSAGES.labels(state).set(row["messages"] if row else 0)
        OVERDUE.labels(state).set(max(0, row["seconds"]) if row else 0)


def ended(*, sent: int = 0, undeliverable: Iterable[UndeliverableReason] = (), withdrawn: int = 0) -> None:
    """Add messages whose end is committed; of each undeliverable one, why."""
    for state, number in (("SENT", sent), ("WITHDRAWN", withdrawn)):
        ENDED.labels(state, "").inc(number)
    for reason in undeliverable:
        ENDED.labels("UNDELIVERABLE", reason).inc()
