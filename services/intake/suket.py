"""The clock of interim certificates (suket): good for six months, renewed every six months until the card is there."""

from datetime import date
from typing import Final

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
