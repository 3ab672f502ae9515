"""The session of a signed-in person: a sealed cookie, the same for all services of a city."""

import secrets
from typing import Final, NamedTuple

from fastapi import Request, Response

from shared.people.person import Person, person_of
from shared.people.sealing import Seal

COOKIE: Final = "antar_sesi"
IDLE_SECONDS: Final = 30 * 60
"""A session ends when nobody has used it for that long: a counter is left for lunch."""
WHOLE_SECONDS: Final = 10 * 3600
"""A session ends after a working day, used or not: roles may have changed meanwhile."""
_RENEW_SECONDS: Final = 60


class Session(NamedTuple):
    """`id` is random, `began` and `seen` are seconds of Unix time."""

    id: str
    person: Person
    began: float
    seen: float


class Sessions:
    """Reads and writes the cookie."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def begin(self, response: Response, request: Request, person: Person) -> None:
        """A new session under a new id."""
        now = self._seal.clock()
        self._write(response, request, Session(secrets.token_urlsafe(16), person, now, now))

    def read(self, request: Request) -> Session | None:
        """The session of this request, None when there is none or it has ended."""
        return self._read(request, late=0)

    def ended(self, request: Request) -> Session | None:
        """The session that this browser had until not long ago."""
        return self._read(request, late=WHOLE_SECONDS)

    def renew(self, response: Response, request: Request, session: Session) -> None:
        """It was used just now."""
        now = self._seal.clock()
        if now - session.seen > _RENEW_SECONDS:
            self._write(response, request, session._replace(seen=now))

    def end(self, response: Response) -> None:
        """Forget it."""
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")

    def _read(self, request: Request, late: float) -> Session | None:
        found = self._seal.open("session", request.cookies.get(COOKIE), late=late)
        if found is None:
            return None
        return Session(found["id"], person_of(found["person"]), found["began"], found["seen"])

    def _write(self, response: Response, request: Request, session: Session) -> None:
        seconds = min(IDLE_SECONDS, session.began + WHOLE_SECONDS - self._seal.clock())
        content = {**session._asdict(), "person": session.person.claims()}
        response.set_cookie(
            COOKIE,
            self._seal.close("session", content, seconds),
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )


def sets_session(response: Response) -> bool:
    """Whether the answer gives the browser a session, or takes it away."""
    return any(cookie.startswith(f"{COOKIE}=") for cookie in response.headers.getlist("set-cookie"))
