"""Bahasa Indonesia is what everything is written in; other languages are catalogues of translations beside it."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from fastapi import Request

OWN: Final = "id"
LANGUAGES: Final = (OWN, "en")
COOKIE: Final = "antar_bahasa"
ASKED: Final = "bahasa"
"""The parameter of an address that changes the language from here on."""


def language_of(request: Request) -> str:
    """What the page is to be written in: as asked for just now, else as asked for before, else Bahasa."""
    for wish in (request.query_params.get(ASKED), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    return OWN


@cache
def translations(language: str, folders: Sequence[Path]) -> NullTranslations:
    """The catalogues LANGUAGE.po of these folders, the first one first; a sentence that none has stays in Bahasa."""
    found: Translations | None = None
    for folder in folders if language != OWN else ():
        path = folder / f"{language}.po"
        if not path.exists():
            continue
        with path.open("rb") as source:
            compiled = BytesIO()
            write_mo(compiled, read_po(source, locale=language))
        compiled.seek(0)
        read = Translations(compiled)
        if found is None:
            found = read
        else:
            found.add_fallback(read)
    return found or NullTranslations()
