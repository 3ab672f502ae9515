"""The clock of interim certificates (suket): good for six months, renewed every six months until the card is there."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from services.intake.store import cases
from shared.clock import WIB
from shared.events.intake import SuketExpiring
from shared.messaging.transaction import Database

KIND: Final = "KTP_EL"
"""It stands in for this document alone."""

MONTHS: Final = 6
"""For so long it is good, and is renewed (practice since 2017)."""

NEAR_DAYS: Final = 30
"""It may be renewed in its last so many days; so many days before its end printing is told."""


def renewed_until(expires_on: date | None, today: date) -> date:
    """The new last day: six months from the old one, or from today when there is none or it has passed."""
    start = max(expires_on, today) if expires_on else today
    month = start.month - 1 + MONTHS
    year, month = start.year + month // 12, month % 12 + 1
    for day in range(start.day, start.day - 4, -1):
        try:
            return date(year, month, day)
        except ValueError:  # there is no 31 February
            continue
    raise AssertionError("every month has 28 days")


async def tell(db: Database) -> bool:
    """Worker: announce whose suket runs out while he waits for a print, once for each last day; True: perhaps more.

    Printing gave the class at clearance, by the days that were left then; without this it would never hear of it.
    """
    now = datetime.now(UTC)
    until = now.astimezone(WIB).date() + timedelta(days=NEAR_DAYS)
    async with db.transaction() as tx:
        rows = await cases.tell_of_suket(tx.conn, until, _BATCH)
        tx.announce(
            *(
                SuketExpiring(application_id=row["id"], suket_expires_on=row["suket_expires_on"], noticed_at=now)
                for row in sorted(rows, key=lambda row: (row["suket_expires_on"], row["id"]))
            )
        )
    return len(rows) == _BATCH


_BATCH: Final = 500
