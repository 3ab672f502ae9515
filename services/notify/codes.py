"""Reads a tracking code the way people write it down: blanks, lower case, no prefix, O for 0, I or L for 1."""

import re

PREFIX = "BKS"
_SYMBOLS = re.compile(r"[0-9A-HJKMNP-TV-Z]{9}")
_ALIKE = str.maketrans("OIL", "011")


def read_code(text: str) -> str | None:
    """The nine symbols (eight and a check symbol) that `text` means, or None when it can be no code.

    The check symbol is not computed here: a code whose check symbol is wrong is looked up like any other and
    found no more than an unknown one, so both get the same answer after the same time.
    """
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    symbols = plain.removeprefix(PREFIX) if len(plain) == len(PREFIX) + 9 else plain
    symbols = symbols.translate(_ALIKE)
    return symbols if _SYMBOLS.fullmatch(symbols) else None


def write_code(symbols: str) -> str:
    """The code as it stands on the receipt, BKS-XXXX-XXXXX."""
    return f"{PREFIX}-{symbols[:4]}-{symbols[4:]}"


def is_nik(text: str) -> bool:
    """Whether somebody has typed a NIK or a family card number (16 digits in a row) instead of a code, or beside it."""
    return re.search(r"\d{16}", re.sub(r"[\s.\-]", "", text)) is not None


def may_be_shown(text: str) -> bool:
    """Whether what was typed may be given back: a code has nine digits at most, a NIK with one left out has more."""
    return len(re.findall(r"\d", text)) <= 9
