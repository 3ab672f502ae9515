"""Reads NIK and family-card numbers as people and spreadsheets write them; neither has a check digit.

NIK is PPKKCC DDMMYY SSSS: place of first registration, birth date with the day raised by 40 for a woman, serial.
KK has the same shape with the date of recording. Both stay text: a number type would lose zeros and digits.
Only the impossible is refused; a NIK is never issued anew when a birth date or an address is put right, so
whatever merely differs from the form is a doubt for the officer.
"""

from datetime import date
from functools import lru_cache
from typing import Final, Literal

from services.intake.digits import NotRead, digits

Sex = Literal["L", "P"]

CITY: Final = "3275"
_PROVINCES: Final = frozenset(
    f"{code}"
    for first, last in ((11, 19), (21, 21), (31, 36), (51, 53), (61, 65), (71, 76), (81, 82), (91, 97))
    for code in range(first, last + 1)
)
"""Provinces by their Kemendagri codes, with the Papuan ones of 2022."""


def read_nik(text: str) -> str:
    """The 16 digits of a NIK.

    Raises:
        NotRead: NIK_DIGITS_LOST, NIK_NOT_DIGITS, NIK_LENGTH, NIK_SERIAL_ZERO (a spreadsheet keeps 15 digits and
            writes 0 for the sixteenth) or NIK_DATE_IMPOSSIBLE.
    """
    nik = _sixteen(text, "NIK")
    if not birth_dates(nik):
        raise NotRead("NIK_DATE_IMPOSSIBLE")
    return nik


def read_kk(text: str) -> str:
    """The 16 digits of a family-card number. Its date is a doubt, not a reason to refuse: see `kk_doubts`.

    Raises:
        NotRead: KK_DIGITS_LOST, KK_NOT_DIGITS, KK_LENGTH or KK_SERIAL_ZERO.
    """
    return _sixteen(text, "KK")


def birth_dates(nik: str) -> tuple[date, ...]:
    """The real calendar dates that a NIK's birth part can mean, 19YY first: none, one or two."""
    return _births(nik[6:12])


def sex_of(nik: str) -> Sex:
    """P (perempuan) when the day is raised by 40, else L."""
    return "P" if int(nik[6:8]) > 40 else "L"


def mask(nik: str) -> str:
    """First and last four digits, as screens and couriers may see it: 3275********0001."""
    return f"{nik[:4]}********{nik[12:]}"


def nik_doubts(nik: str, birth_date: date | None, sex: Sex | None) -> list[str]:
    """What does not fit and may yet be right: NIK_REGION_UNKNOWN or _OTHER, NIK_BIRTH_DATE_DIFFERS, NIK_SEX_DIFFERS."""
    doubts = []
    if nik[:2] not in _PROVINCES:
        doubts.append("NIK_REGION_UNKNOWN")
    elif not nik.startswith(CITY):
        doubts.append("NIK_REGION_OTHER")
    if birth_date is not None and birth_date not in birth_dates(nik):
        doubts.append("NIK_BIRTH_DATE_DIFFERS")
    if sex is not None and sex != sex_of(nik):
        doubts.append("NIK_SEX_DIFFERS")
    return doubts


def kk_doubts(kk: str, today: date) -> list[str]:
    """KK_DATE_IMPOSSIBLE or KK_DATE_IN_FUTURE. Sixteen digits came with the computers of the 1990s, hence 1995."""
    recorded = _recorded(kk[6:12])
    if recorded is None:
        return ["KK_DATE_IMPOSSIBLE"]
    return ["KK_DATE_IN_FUTURE"] if recorded > today else []


def _sixteen(text: str, name: str) -> str:
    number = digits(text, name)
    if len(number) != 16:
        raise NotRead(f"{name}_LENGTH")
    if number.endswith("0000"):
        raise NotRead(f"{name}_SERIAL_ZERO")
    return number


@lru_cache(maxsize=40_000)
def _births(six: str) -> tuple[date, ...]:
    day = int(six[:2])
    return _calendar(day - 40 if day > 40 else day, int(six[2:4]), int(six[4:]))


@lru_cache(maxsize=40_000)
def _recorded(six: str) -> date | None:
    return min((d for d in _calendar(int(six[:2]), int(six[2:4]), int(six[4:])) if d.year >= 1995), default=None)


def _calendar(day: int, month: int, year: int) -> tuple[date, ...]:
    real = []
    for century in (1900, 2000):
        try:
            real.append(date(century + year, month, day))
        except ValueError:
            continue
    return tuple(real)
