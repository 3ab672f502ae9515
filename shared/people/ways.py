"""The way to the sign-in and back: to a page of ours, never to anybody else's."""

from typing import Final
from urllib.parse import urlencode

from fastapi import Request

BACK: Final = "ke"
"""The parameter that says where to go on afterwards."""


def local_path(text: str | None) -> str | None:
    """The text if it is a path of this address, with its query perhaps."""
    if not text or not text.startswith("/") or not text.isprintable() or "\\" in text:
        return None
    # "//evil" is another address, and what a browser makes of "/.//evil" nobody should have to know.
    return None if "//" in text.partition("?")[0] else text


def there_and_back(sign_in: str, path: str) -> str:
    """To the sign-in, and then to `path`."""
    return f"{sign_in}?{urlencode({BACK: path})}"


def asked_for(request: Request) -> str:
    """Path and query of this request."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
