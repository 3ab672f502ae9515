"""Lets people in: finds out who asks, holds the route's declaration against them, and sees that the rest is done."""

from dataclasses import dataclass
from typing import Final

import structlog
from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from shared.http.idempotency import REPLAY
from shared.http.problems import Problem, wants_page
from shared.messaging.transaction import Database
from shared.people import audit
from shared.people.access import Access, Rule, methods_of, public
from shared.people.drafts import Drafts
from shared.people.forms import FIELD, Forms
from shared.people.person import Person
from shared.people.session import Session, Sessions, sets_session
from shared.people.tokens import TokenRefusedError, Tokens
from shared.people.visit import Visit
from shared.people.ways import asked_for, there_and_back
from shared.sentence import Sentence

log = structlog.get_logger()

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
NOT_YOUR_ROLE: Final = Sentence("Halaman ini bukan untuk peran Anda.")


class ElsewhereError(Exception):
    """The browser goes to another page first; `path` is of this service."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


@dataclass(frozen=True, slots=True)
class Doors:
    """The entrance of one service; `sign_in` is where its people sign in, `provider` where that leads them."""

    sign_in: str
    provider: str
    access: Access
    sessions: Sessions
    tokens: Tokens
    forms: Forms
    drafts: Drafts

    async def admit(self, request: Request) -> None:
        """Before each route: puts the `Visit` where `AtDoor` finds it.

        Raises:
            Problem: 401 or 403, by someone who cannot go on.
            ElsewhereError: to the sign-in, and back.
        """
        route = request.scope["route"].path
        method = "GET" if request.method == "HEAD" else request.method
        rule = self.access[f"{method} {route}"]
        person, session = await self._who(request, rule)
        request.state.visit = visit = Visit(person, session, rule, f"{method} {route}", _address(request))
        if rule.roles is None:
            return
        if person is None:
            raise await self._stranger(request)
        if not visit.is_a(*rule.roles):
            raise Problem(403, "not-your-role", NOT_YOUR_ROLE)
        if session is not None and request.method not in SAFE:
            await self._must_be_our_form(request, session)

    def methods_of(self, path: str) -> list[str]:
        """The methods that this pattern of a path takes."""
        return methods_of(self.access, path)

    def recognise(self, request: Request) -> None:
        """Where there is no route: they are told so on a page that has their menu."""
        if not hasattr(request.state, "visit"):
            session = self.sessions.read(request)
            person = session.person if session else None
            request.state.visit = Visit(person, session, public(), "no route", _address(request))

    async def _who(self, request: Request, rule: Rule) -> tuple[Person | None, Session | None]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            try:
                return await self.tokens.person(token.strip()), None
            except TokenRefusedError as error:
                log.info("token_refused", reason=str(error))
                if rule.roles is None:
                    return None, None
                raise _unknown("Token tidak berlaku.", "invalid_token") from None
        session = self.sessions.read(request)
        return (session.person, session) if session else (None, None)

    async def _stranger(self, request: Request) -> Exception:
        if not wants_page(request):
            return _unknown("Masuk dahulu, atau kirim token.", None)
        if request.method in SAFE:
            return ElsewhereError(there_and_back(self.sign_in, asked_for(request)))
        ended = self.sessions.ended(request)
        if ended is None or not _is_form(request):
            return ElsewhereError(self.sign_in)
        if not self.forms.sound(ended.id, (await request.form()).get(FIELD)):
            return ElsewhereError(self.sign_in)
        return ElsewhereError(there_and_back(self.sign_in, await self.drafts.keep(request, ended.person)))

    async def _must_be_our_form(self, request: Request, session: Session) -> None:
        if not _is_form(request):
            # What a browser sends on behalf of another site could come with our cookie; a machine has a token.
            raise _unknown("Kirim token untuk permintaan ini.", None)
        if not self.forms.sound(session.id, (await request.form()).get(FIELD)):
            raise Problem(403, "form-not-ours", "Formulir ini tidak berlaku lagi. Buka halamannya sekali lagi.")

    async def see_off(self, request: Request, response: Response, db: Database) -> Response:
        """After each route: what was declared must have been done, refusals are kept, the session goes on.

        Raises:
            AssertionError: the route has not done what was declared of it; a test sees it first.
        """
        visit: Visit | None = getattr(request.state, "visit", None)
        if visit is None:
            return response
        if visit.anyone is None and visit.rule.roles is not None and response.status_code < 400:
            return response  # nobody came in: sent to the sign-in, with what they typed
        if response.status_code < 400 and REPLAY not in response.headers:
            assert visit.weighed or not visit.rule.own, f"{visit.route} did not ask whose record it is"
            assert visit.noted or visit.rule.kept == "nothing", f"{visit.route} kept no note"
        elif visit.rule.kept != "nothing" and response.status_code in (401, 403):
            async with db.transaction() as tx:
                entry = audit.Entry(
                    visit.anyone, visit.route, "refused", None, visit.address, str(response.status_code), {}
                )
                await audit.keep(tx.conn, entry)
        if visit.session is not None and not sets_session(response):
            self.sessions.renew(response, request, visit.session)
        return response


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("application/x-www-form-urlencoded", "multipart/form-data")


def _unknown(sentence: str, error: str | None) -> Problem:
    challenge = "Bearer" if error is None else f'Bearer error="{error}"'
    return Problem(401, "sign-in-needed", sentence, headers={"WWW-Authenticate": challenge})


async def elsewhere(_: Request, error: Exception) -> Response:
    """Answer of an `ElsewhereError`."""
    assert isinstance(error, ElsewhereError)
    return RedirectResponse(error.path, 303)
