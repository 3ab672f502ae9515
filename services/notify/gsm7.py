"""How long a text is as an SMS: one part holds 160 characters of the GSM-7 alphabet (3GPP TS 23.038)."""

import unicodedata

ONE_PART = 160

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")
"""They take two places each, since an escape character stands before them."""


def length(text: str) -> int | None:
    """The places that `text` takes, or None when a character is not in the alphabet (the SMS would shrink to 70)."""
    if not _BASIC.union(_EXTENSION).issuperset(text):
        return None
    return len(text) + sum(c in _EXTENSION for c in text)


def spell(text: str) -> str:
    """`text` with what the alphabet lacks spelt plainly: accents dropped, typographic dashes made short."""
    plain = unicodedata.normalize("NFKD", text.replace("–", "-").replace("—", "-").replace("’", "'"))
    return "".join(c for c in plain if c in _BASIC)
