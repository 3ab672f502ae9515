"""Reads single fields of a form or a file: each function takes what was written and returns what was meant.

All raise `NotRead` with the code of what is wrong.
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from services.intake.digits import NotRead
from services.intake.nik import Sex
from shared.clock import WIB
from shared.events.intake import Reason
from shared.events.regions import find_kelurahan

_DAY_FIRST: Final = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})")
_YEAR_FIRST: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_UNIT: Final = re.compile(r"(?:R[WT][ .]*)?0*(\d{1,3})(?:[.,]0)?", re.IGNORECASE | re.ASCII)
_MAIL: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_LETTER: Final = re.compile(r"[^\W\d_]")
_DIGIT: Final = re.compile(r"\d")
_FIRST_YEAR: Final = 1900
_WORD: Final = re.compile(r"[A-Z][A-Z0-9_]{0,39}")

_REASONS: Final = {
    "BARU": Reason.FIRST,
    "PERTAMA": Reason.FIRST,
    "PINDAH": Reason.MOVED_IN,
    "PINDAH DATANG": Reason.MOVED_IN,
    "HILANG": Reason.LOST,
    "RUSAK": Reason.DAMAGED,
    "PERUBAHAN": Reason.DATA_CHANGED,
    "PERUBAHAN DATA": Reason.DATA_CHANGED,
    "UBAH DATA": Reason.DATA_CHANGED,
} | {reason.value.replace("_", " "): reason for reason in Reason}
_SEXES: Final[dict[str, Sex]] = {
    "L": "L", "LAKI-LAKI": "L", "LAKI LAKI": "L", "PRIA": "L",
    "P": "P", "PEREMPUAN": "P", "WANITA": "P",
}  # fmt: skip
_ANSWERS: Final = {
    "YA": True, "Y": True, "1": True, "TRUE": True,
    "TIDAK": False, "T": False, "N": False, "0": False, "FALSE": False, "-": False,
}  # fmt: skip


def name(text: str) -> str:
    """A person's name as documents print it, in capitals. One word is legal, digits are not."""
    full = line(text, 120).upper()
    if not _LETTER.search(full) or _DIGIT.search(full):
        raise NotRead("NAME_NOT_A_NAME")
    return full


def line(text: str, longest: int) -> str:
    """Free text on one line, blanks and line breaks made single blanks."""
    one = " ".join(text.split())
    if len(one) > longest:
        raise NotRead("TOO_LONG")
    if not one.isprintable():
        raise NotRead("NOT_PRINTABLE")
    return one


@lru_cache(maxsize=50_000)
def day(text: str) -> date:
    """A date as DD-MM-YYYY or YYYY-MM-DD; anything else could be read in two ways."""
    if found := _DAY_FIRST.fullmatch(text):
        d, m, y = found.groups()
    elif found := _YEAR_FIRST.fullmatch(text):
        y, m, d = found.groups()
    else:
        raise NotRead("DATE_FORMAT")
    try:
        return date(int(y), int(m), int(d))
    except ValueError:
        raise NotRead("DATE_IMPOSSIBLE") from None


def past_day(text: str) -> date:
    """A date that has come: of a birth, say."""
    read = day(text)
    if read > datetime.now(WIB).date():
        raise NotRead("DATE_IN_FUTURE")
    if read.year < _FIRST_YEAR:
        raise NotRead("DATE_IMPOSSIBLE")
    return read


def moment(text: str) -> datetime:
    """A moment that has come: a date alone (its midnight in the city) or ISO 8601, in WIB where it names no zone."""
    if len(text) <= 10:
        read = datetime.combine(past_day(text), datetime.min.time(), WIB)
    else:
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            raise NotRead("DATE_FORMAT") from None
        read = read if read.tzinfo else read.replace(tzinfo=WIB)
    return past_moment(read)


def past_moment(read: datetime) -> datetime:
    """The same moment, which has come and lies in a year that a record can be of."""
    if read > datetime.now(UTC):
        raise NotRead("DATE_IN_FUTURE")
    if read.year < _FIRST_YEAR:  # the first days of year 1 are in no year of another zone
        raise NotRead("DATE_IMPOSSIBLE")
    return read


@lru_cache(maxsize=1_000)
def reason(text: str) -> Reason:
    """Why the document is asked for: a code, or the form's own word."""
    found = _REASONS.get(" ".join(text.upper().replace("_", " ").split()))
    if found is None:
        raise NotRead("UNKNOWN_REASON")
    return found


def sex(text: str) -> Sex:
    """L or P."""
    found = _SEXES.get(text.upper())
    if found is None:
        raise NotRead("UNKNOWN_SEX")
    return found


def yes_or_no(text: str) -> bool:
    """Ya or tidak."""
    found = _ANSWERS.get(text.upper())
    if found is None:
        raise NotRead("YES_OR_NO")
    return found


def rw(text: str) -> str:
    """A neighbourhood's three digits: 11, 011, RW 011."""
    return _unit(text, "RW_FORMAT")


def rt(text: str) -> str:
    """A household group's three digits."""
    return _unit(text, "RT_FORMAT")


@lru_cache(maxsize=5_000)
def _unit(text: str, code: str) -> str:
    found = _UNIT.fullmatch(text)
    if found is None:
        raise NotRead(code)
    return found[1].zfill(3)


@lru_cache(maxsize=5_000)
def kelurahan(text: str) -> str:
    """The code of a subdistrict given by code or name."""
    found = find_kelurahan(text)
    if found is None:
        raise NotRead("UNKNOWN_KELURAHAN")
    return found.code


def email(text: str) -> str:
    """An address for mail, not more than looked at."""
    if len(text) > 254 or not text.isascii() or not text.isprintable() or not _MAIL.fullmatch(text):
        raise NotRead("EMAIL_INVALID")
    return text


def status_word(text: str) -> str:
    """A word of the central system in its own spelling: `print ready record` is PRINT_READY_RECORD."""
    word = "_".join(text.upper().replace("-", " ").split())
    if not _WORD.fullmatch(word):
        raise NotRead("STATUS_FORMAT")
    return word
