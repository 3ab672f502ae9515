"""Moments as people on call write and read them: `2h`, `30m`, an ISO time; and "4 min ago"."""

import re
from datetime import UTC, datetime, timedelta

from shared.clock import WIB

_BACK = re.compile(r"(\d{1,6})\s*(s|m|min|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
_STEPS = (("d", 86400), ("h", 3600), ("min", 60))


def moment(text: str, now: datetime) -> datetime:
    """The moment meant: so long before `now`, or an ISO time (the office's own zone unless it names one).

    Raises:
        ValueError: it is neither; the message is for the person who wrote it.
    """
    back = _BACK.fullmatch(text.strip())
    if back:
        return now - timedelta(**{_UNITS[back[2]]: int(back[1])})
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"'{text}' is no time: write 30m, 2h, 3d or 2026-11-25T06:00.") from None
    return at if at.tzinfo else at.replace(tzinfo=WIB)


def span(seconds: float) -> str:
    """How long: `45 s`, `12 min`, `3 h`, `2 d`; rounded down."""
    for name, size in _STEPS:
        if seconds >= size:
            return f"{int(seconds // size)} {name}"
    return f"{max(int(seconds), 0)} s"


def ago(at: datetime, now: datetime) -> str:
    """How long before `now`: `3 h ago`."""
    return f"{span((now - at).total_seconds())} ago"


def clock(at: datetime) -> str:
    """The moment on the office's clock, to the second."""
    return f"{at.astimezone(WIB):%Y-%m-%d %H:%M:%S} WIB"


def utc_now() -> datetime:
    """Now."""
    return datetime.now(UTC)
