"""Mends numbers that went through a spreadsheet, as long as no digit was lost on the way."""

import re
from typing import Final

_EXACT: Final = 2**53
"""A spreadsheet's number holds whole numbers up to here; beyond, the last digits are its own invention."""

_LOOSE: Final = str.maketrans("", "", " .-/\t\u00a0\u2007\u2009\u200b\u200e\u200f\u202a\u202c\u202f\u2060\ufeff")
_WHOLE: Final = re.compile(r"(\d{9,})[.,]0+")
_SCIENTIFIC: Final = re.compile(r"(\d)(?:[.,](\d+))?E\+?(\d{1,2})", re.IGNORECASE)


class NotRead(ValueError):
    """A field cannot be understood. `code` says why in a stable word; it never holds what was written."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def digits(text: str, name: str) -> str:
    """The digits meant by `text`: blanks, dots, dashes, quotes and a spreadsheet's `.0` are taken off.

    `3.275990101900001E+15` still shows every digit and is mended; `3.27599E+15` does not and is refused.

    Raises:
        NotRead: `{name}_DIGITS_LOST` or `{name}_NOT_DIGITS`.
    """
    if _plain(text):
        return text
    text = text.strip().removeprefix("=").strip("\"'’`")
    if _plain(text):
        return text
    if found := _WHOLE.fullmatch(text):
        return _exact(found[1], name)
    if found := _SCIENTIFIC.fullmatch(text):
        decimals = found[2] or ""
        if len(decimals) != int(found[3]):
            raise NotRead(f"{name}_DIGITS_LOST")
        return _exact(found[1] + decimals, name)
    mended = text.translate(_LOOSE)
    if not _plain(mended):
        raise NotRead(f"{name}_NOT_DIGITS")
    return mended


def _plain(text: str) -> bool:
    return text.isdigit() and text.isascii()


def _exact(whole: str, name: str) -> str:
    if not _plain(whole) or int(whole) > _EXACT:
        raise NotRead(f"{name}_DIGITS_LOST")
    return whole
