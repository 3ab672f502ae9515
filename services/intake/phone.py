"""Reads Indonesian mobile numbers into E.164, since messages go to nothing else, and writes them as people do."""

import re
import textwrap
from typing import Final

import phonenumbers

from services.intake.digits import NotRead, digits

_MOBILE: Final = re.compile(r"8[1-35-9]\d{7,10}")
"""What the numbering plan gives to mobile networks; the same as the library's own pattern, without its 20 µs."""

_USUAL: Final = re.compile(r"0(8[1-35-9][0-9]{7,10})")
"""As nearly everybody writes it; anything else is looked at more closely."""

_PREFIX: Final = re.compile(r"^(?:\+|00)?62(?=0?8)|^0062|^\+62")
"""The country's code. A bare 62 is one only before 8 or 08: the library reads 62812345678 as a landline in Jawa."""


def read_phone(text: str) -> str:
    """The number as +62…: met as 0812…, 812…, 62812…, 0062 812…, +62 812-…, +62 0812….

    Raises:
        NotRead: PHONE_DIGITS_LOST, PHONE_NOT_DIGITS, PHONE_NOT_INDONESIAN, PHONE_NOT_MOBILE or PHONE_INVALID.
    """
    if usual := _USUAL.fullmatch(text):
        return f"+62{usual[1]}"
    plus, number = _split(text)
    international = f"{'+' if plus else ''}{number}"
    national = _PREFIX.sub("", international)
    if national.startswith("+") or (national.startswith("00") and national == international):
        raise NotRead("PHONE_NOT_INDONESIAN")
    national = national.removeprefix("0")
    return f"+62{national}" if _MOBILE.fullmatch(national) else _ask_the_library(national)


def as_dialled(phone: str) -> str:
    """0812 3456 7890 of +6281234567890: as people here read it out and dial it."""
    return " ".join(textwrap.wrap("0" + phone.removeprefix("+62"), 4))


def _split(text: str) -> tuple[bool, str]:
    bare = text.strip().replace("(", " ").replace(")", " ").strip(" \"'’`=")
    return bare.startswith("+"), digits(bare.removeprefix("+"), "PHONE")


def _ask_the_library(national: str) -> str:
    try:
        number = phonenumbers.parse(f"+62{national}", None)
    except phonenumbers.NumberParseException:
        raise NotRead("PHONE_INVALID") from None
    if not phonenumbers.is_valid_number(number):
        raise NotRead("PHONE_INVALID")
    if phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.MOBILE:
        raise NotRead("PHONE_NOT_MOBILE")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
