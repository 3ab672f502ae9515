"""What dispatch shows to those who watch: how many documents are on their way, where, and for how long already."""

from datetime import UTC, datetime
from typing import Final

from prometheus_client import Gauge

from services.dispatch.domain import State
from services.dispatch.store import overview
from shared.clock import WIB
from shared.messaging import Connection

OPEN: Final = tuple(state for state in State if state not in (State.EXPECTED, State.DELIVERED, State.RETURNED))

DELIVERIES = Gauge("antar_deliveries", "Documents that have not found their owner yet", ["state"])
OLDEST = Gauge("antar_deliveries_oldest_seconds", "Since who has the oldest of them now has it", ["state"])
UNCLAIMED = Gauge("antar_deliveries_unclaimed", "Documents held for pick-up beyond their last day")


async def measure(conn: Connection) -> None:
    """One question, about open deliveries alone."""
    today = datetime.now(UTC).astimezone(WIB).date()
    found = {row["state"]: row for row in await overview.open_by_state(conn, OPEN, today)}
    for state in OPEN:
        row = found.get(state)
        DELIVERIES.labels(state).set(row["documents"] if row else 0)
        OLDEST.labels(state).set(row["seconds"] if row else 0)
    UNCLAIMED.set(sum(row["unclaimed"] for row in found.values()))
