"""What a browser keeps while its person signs in elsewhere: a sealed cookie for each attempt, for ten minutes."""

from typing import Final, NamedTuple

from fastapi import Request, Response

from shared.people.provider import Attempt
from shared.people.sealing import Seal

_COOKIE: Final = "antar_masuk_"
_SECONDS: Final = 600
_TOLD_APART: Final = 12
"""Characters of the state in the cookie's name: two tabs may sign in at once."""


class UnderWay(NamedTuple):
    """An attempt, and where it leads when it is over."""

    attempt: Attempt
    to: str | None


class Attempts:
    """Reads and writes the cookies; they are sent to `path` alone."""

    def __init__(self, seal: Seal, path: str) -> None:
        self._seal = seal
        self._path = path

    def remember(self, request: Request, response: Response, under_way: UnderWay) -> None:
        """Give the browser its cookie."""
        attempt = under_way.attempt
        response.set_cookie(
            _name(attempt.state),
            self._seal.close("attempt", {**attempt._asdict(), "to": under_way.to}, _SECONDS),
            path=self._path,
            max_age=_SECONDS,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )

    def of(self, request: Request, state: str) -> UnderWay | None:
        """The attempt of this browser that has this state."""
        content = self._seal.open("attempt", request.cookies.get(_name(state)))
        if content is None or content["state"] != state:
            return None
        to = content.pop("to")
        return UnderWay(Attempt(**content), to)

    def forget(self, response: Response, state: str) -> None:
        """It is over."""
        response.delete_cookie(_name(state), path=self._path, httponly=True, samesite="lax")


def _name(state: str) -> str:
    return f"{_COOKIE}{state[:_TOLD_APART]}"
