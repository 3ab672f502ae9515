"""How names and times are written for people here. Pure."""

from datetime import datetime

from shared.clock import WIB
from shared.web.dates import short_day


def wib(moment: datetime) -> str:
    """A time as people here read it: 4 Sep 2017, 10.42 WIB."""
    return f"{short_day(moment)}, {moment.astimezone(WIB):%H.%M} WIB"


def short_name(full_name: str) -> str:
    """What a courier needs to ask for somebody: "Sartika Wulandari" -> "Sartika W."; one-word names stay.

    Leading initials and titles ("M.", "Hj.") are kept with the first whole word, so that the name can be called.
    """
    words = full_name.split()
    first = next((i for i, word in enumerate(words) if len(word.strip(".'")) > 2), 0)
    return " ".join([*words[: first + 1], *(f"{word[0]}." for word in words[first + 1 :])])
