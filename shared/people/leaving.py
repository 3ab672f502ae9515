"""What a browser keeps for its sign-out: the ID token, by which the provider knows whose session is to end."""

from typing import Final

from fastapi import Request, Response

from shared.people.sealing import Seal
from shared.people.session import WHOLE_SECONDS

COOKIE: Final = "antar_keluar"
_LONGEST: Final = 4000
"""Characters of a cookie; browsers drop a longer one."""


class Leaving:
    """Reads and writes the cookie. Whoever signed in at one service may sign out at another."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def remember(self, request: Request, response: Response, id_token: str) -> None:
        """Give the browser its cookie, if it can take it; without, the provider will ask once more."""
        value = self._seal.close("leaving", {"id_token": id_token}, WHOLE_SECONDS)
        if len(value) > _LONGEST:
            self.forget(response)
            return
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, value, path="/", secure=secure, httponly=True, samesite="lax")

    def id_token(self, request: Request) -> str | None:
        """That of the sign-in in this browser."""
        content = self._seal.open("leaving", request.cookies.get(COOKIE))
        return content["id_token"] if content else None

    def forget(self, response: Response) -> None:
        """It is over."""
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
