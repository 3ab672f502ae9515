"""Codes by which a citizen follows an application: not guessable, made of nothing personal, safe to read aloud.

`BKS-` + 8 random symbols of Crockford's base 32 (40 bits) + Crockford's check: the value of the 8 modulo 37.
Five of the 37 check values would need signs such as * or $; codes that end in one of them are never issued,
so that a code is always 9 letters and digits. One wrong symbol, or two neighbours swapped, is noticed.
"""

import secrets
from typing import Final

SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX: Final = "BKS-"
_VALUES: Final = {symbol: value for value, symbol in enumerate(SYMBOLS)}
_MENDED: Final = str.maketrans("OIL", "011", " -.\t\u00a0")


def new_code() -> str:
    """A fresh code; two alike are so rare that the database's unique index is the place to notice."""
    while True:
        value = secrets.randbits(40)
        check = value % 37
        if check < 32:
            body = "".join(SYMBOLS[value >> shift & 31] for shift in range(35, -1, -5))
            return f"{PREFIX}{body}{SYMBOLS[check]}"


def read_code(text: str) -> str | None:
    """The code meant by `text`: lower case, blanks, O for 0, I or L for 1 and a missing prefix are mended.

    None when it cannot be one of ours: wrong length, foreign symbol or wrong check symbol.
    """
    body = text.upper().translate(_MENDED)
    if len(body) == 12:  # a code may itself begin with BKS
        body = body.removeprefix("BKS")
    if len(body) != 9 or any(symbol not in _VALUES for symbol in body):
        return None
    value = 0
    for symbol in body[:8]:
        value = value << 5 | _VALUES[symbol]
    return f"{PREFIX}{body}" if value % 37 == _VALUES[body[8]] else None
