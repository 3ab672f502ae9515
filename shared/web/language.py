"""Bahasa Indonesia is what everything is written in; other languages are catalogues of translations beside it."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from fastapi import Request, Response

from shared.sentence import Sentence

OWN: Final = "id"
NAMES: Final = {OWN: "Bahasa Indonesia", "en": "English"}
LANGUAGES: Final = tuple(NAMES)
COOKIE: Final = "antar_bahasa"
_COOKIE_SECONDS: Final = 365 * 24 * 3600
ASKED: Final = "bahasa"
"""The parameter of an address that changes the language from here on."""


def language_of(request: Request) -> str:
    """What the page is to be written in: as asked for just now, else as asked for before, else Bahasa."""
    for wish in (request.query_params.get(ASKED), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    return OWN


def remember_language(request: Request, response: Response) -> None:
    """Keep the language that was asked for just now."""
    wish = request.query_params.get(ASKED)
    if wish in LANGUAGES:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, wish, _COOKIE_SECONDS, path="/", secure=secure, httponly=True, samesite="lax")


def other_languages(request: Request) -> list[tuple[str, str, str]]:
    """Code, name and address of the same page in each language that it is not in; none of what a form led to."""
    if request.method not in ("GET", "HEAD"):
        return []
    here, now = request.url, language_of(request)
    return [
        (code, name, f"?{here.include_query_params(**{ASKED: code}).query}")
        for code, name in NAMES.items()
        if code != now
    ]


def said(catalogue: NullTranslations, sentence: str, **values: object) -> str:
    """A sentence in the catalogue's language, with `values`, or those of a `Sentence`, in their places."""
    if isinstance(sentence, Sentence):
        values = {**sentence.values, **values}
        sentence = sentence.message
    text: str = catalogue.gettext(sentence)
    return text % values if values else text


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
