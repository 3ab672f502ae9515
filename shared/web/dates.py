"""Dates, times and numbers as people in Indonesia write them, and the same in English."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Final

from babel.dates import format_date

from shared.clock import WIB


def day(at: datetime | date, language: str = "id") -> str:
    """3 Agustus 2016, in Western Indonesian time."""
    local = at.astimezone(WIB).date() if isinstance(at, datetime) else at
    return format_date(local, "d MMMM y", locale=language)


def short_day(at: datetime | date, language: str = "id") -> str:
    """4 Sep 2017: where room is short, as in a message."""
    local = at.astimezone(WIB).date() if isinstance(at, datetime) else at
    return format_date(local, "d MMM y", locale=language)


def moment(at: datetime, language: str = "id") -> str:
    """4 September 2017, 10.42 WIB."""
    local = at.astimezone(WIB)
    return f"{day(at, language)}, {local.hour:02}.{local.minute:02} WIB"


def number(n: int, language: str = "id") -> str:
    """61.480, in English 61,480."""
    grouped = f"{n:,}"
    return grouped if language == "en" else grouped.replace(",", ".")


FILTERS: Final[Mapping[str, Mapping[str, Callable[..., str]]]] = {
    language: {
        "day": partial(day, language=language),
        "moment": partial(moment, language=language),
        "number": partial(number, language=language),
    }
    for language in ("id", "en")
}
