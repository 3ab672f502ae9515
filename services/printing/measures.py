"""What printing shows to those who watch: whether blanks run out, and who waits for them how long already."""

from datetime import UTC, datetime
from typing import Final

from prometheus_client import Gauge

from services.printing.store import overview, stock
from shared.messaging import Connection

STATES: Final = ("free", "reserved", "printed", "spoiled", "transferred_out", "missing")

BLANKS = Gauge("antar_blanks", "Blanks that came, by what became of them", ["site", "kind", "state"])
LEVEL = Gauge("antar_blanks_warning_level", "Free blanks below which a stock is low", ["site", "kind"])
WAITING = Gauge("antar_orders_waiting", "Applications that wait for a blank", ["site", "kind", "priority"])
WAITING_AGE = Gauge(
    "antar_orders_waiting_oldest_seconds", "Since the first of them has its place", ["site", "kind", "priority"]
)
UNPRINTED = Gauge("antar_orders_unprinted", "Orders that have their blank or need none, and are not printed")
UNPRINTED_AGE = Gauge("antar_orders_unprinted_oldest_seconds", "Since the first of them could be printed")


async def measure(conn: Connection) -> None:
    """Three questions, of which none walks through what is done."""
    levels = await stock.levels(conn)
    waiting = await overview.waiting(conn)
    unprinted = await overview.unprinted(conn)
    now = datetime.now(UTC)
    for gauge in (BLANKS, LEVEL, WAITING, WAITING_AGE):
        gauge.clear()
    for row in levels:
        where = row["site"], row["blank_kind"]
        LEVEL.labels(*where).set(row["level"])
        for state in STATES:
            BLANKS.labels(*where, state).set(row[state])
    for row in waiting:
        whose = row["site"], row["blank_kind"], row["priority_class"]
        WAITING.labels(*whose).set(row["orders"])
        WAITING_AGE.labels(*whose).set((now - row["oldest"]).total_seconds())
    UNPRINTED.set(unprinted["orders"])
    UNPRINTED_AGE.set((now - unprinted["oldest"]).total_seconds() if unprinted["oldest"] else 0)
