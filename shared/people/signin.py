"""Signing in and out: the pages between a browser without a session and one with."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from shared.http.app import Db
from shared.http.pace import Pace
from shared.http.problems import Problem
from shared.messaging.transaction import Database
from shared.people import audit
from shared.people.access import Access, Rule, public
from shared.people.attempts import Attempts, UnderWay
from shared.people.doors import Doors
from shared.people.forms import FIELD
from shared.people.leaving import Leaving
from shared.people.person import Person, Role, person_of
from shared.people.provider import Arrival, Provider, Unreachable
from shared.people.tokens import TokenRefusedError
from shared.people.visit import AtDoor, Visit
from shared.people.ways import BACK, local_path
from shared.sentence import Sentence
from shared.web.site import Site

TRIES_PER_MINUTE: Final = 60
"""From one address: a whole office may have one, and comes to work in the same five minutes."""
FAILURES_PER_MINUTE: Final = 15
_ANYBODY: Final = Rule(frozenset(Role))

Path = Annotated[str | None, Query(alias=BACK, max_length=2000)]
Word = Annotated[str, Query(max_length=4000)]


class SignIn:
    """The routes of one service below its `site.prefix`."""

    def __init__(self, site: Site, provider: Provider, attempts: Attempts, leaving: Leaving) -> None:
        self._site = site
        self._prefix = site.prefix
        self._provider = provider
        self._attempts = attempts
        self._leaving = leaving
        self._pace = Pace(TRIES_PER_MINUTE, FAILURES_PER_MINUTE)

    @property
    def access(self) -> Access:
        """Who may use them."""
        return {
            f"GET {self._prefix}/masuk": public(),
            f"GET {self._prefix}/masuk/kembali": public(),
            f"POST {self._prefix}/keluar": _ANYBODY,
            f"GET {self._prefix}/keluar": public(),
            f"GET {self._prefix}/lanjutkan/{{draft}}": _ANYBODY,
        }

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(prefix=self._prefix, include_in_schema=False)
        router.get("/masuk", response_model=None)(self.begin)
        router.get("/masuk/kembali", response_model=None)(self.finish)
        router.post("/keluar", response_model=None)(self.sign_out)
        router.get("/keluar", response_model=None)(self.signed_out)
        router.get("/lanjutkan/{draft}", response_model=None)(self.resume)
        return router

    async def begin(self, request: Request, visit: AtDoor, ke: Path = None) -> Response:
        """Send the browser to the provider; one who has signed in goes straight on."""
        if visit.anyone is not None:
            return self._onward(visit.anyone, local_path(ke))
        self._not_too_often(request)
        try:
            url, attempt = await self._provider.begin(self._return_to(request))
        except Unreachable:
            raise _away() from None
        response = RedirectResponse(url, 303)
        self._attempts.remember(request, response, UnderWay(attempt, local_path(ke)))
        return response

    async def finish(
        self, request: Request, visit: AtDoor, db: Db, code: Word = "", state: Word = "", error: Word = ""
    ) -> Response:
        """The browser comes back: begin a session if it is the one that was sent."""
        under_way = self._attempts.of(request, state)
        if under_way is None:
            if visit.anyone is not None:  # the browser's *back*, after all went well
                return self._onward(visit.anyone, None)
            raise self._failure(request)
        if error:
            raise Problem(400, "sign-in-given-up", "Masuk tidak diteruskan. Coba masuk sekali lagi.")
        person, arrival = await self._who_came(request, code, under_way)
        await _note(db, person, visit, "signed-in")
        response = self._onward(person, under_way.to)
        doors: Doors = request.app.state.doors
        doors.sessions.begin(response, request, person)
        self._leaving.remember(request, response, arrival.id_token)
        self._attempts.forget(response, state)
        return response

    async def sign_out(self, request: Request, visit: AtDoor, db: Db) -> Response:
        """End the session here, and go on to end that at the provider: the next at this computer is somebody else."""
        await _note(db, visit.person, visit, "signed-out")
        doors: Doors = request.app.state.doors
        visit.session = None
        here = f"{self._prefix}/keluar"
        try:
            there = await self._provider.farewell(f"{_base(request)}{here}", self._leaving.id_token(request))
        except Unreachable:
            there = f"{here}?di_sini=1"
        response = RedirectResponse(there or here, 303)
        doors.sessions.end(response)
        self._leaving.forget(response)
        return response

    async def signed_out(self, request: Request, visit: AtDoor, di_sini: bool = False) -> Response:
        """They have gone; `di_sini`: the provider was away, and may still know them."""
        if visit.anyone is not None:  # somebody else has signed in meanwhile: the browser's *back*
            return self._onward(visit.anyone, None)
        return self._site.page("signed_out.html", request=request, still_known=di_sini)

    async def resume(self, draft: UUID, request: Request, visit: AtDoor, db: Db) -> Response:
        """Show what was sent too late, so that it can be sent now."""
        doors: Doors = request.app.state.doors
        kept = await doors.drafts.of(db, draft, visit.person)
        if kept is None or "path" not in kept or visit.session is None:  # nothing, or not a form's
            raise Problem(404, "draft-gone", "Isian itu tidak ada lagi. Isi sekali lagi.")
        fields = [(FIELD, doors.forms.new(visit.session.id, str(draft))), *kept["fields"]]
        more: dict[str, Any] = {"resume_at": kept["path"], "fields": fields, "files": kept["files"]}
        return self._site.page("resume.html", request=request, **more)

    async def _who_came(self, request: Request, code: str, under_way: UnderWay) -> tuple[Person, Arrival]:
        try:
            arrival = await self._provider.finish(self._return_to(request), code, under_way.attempt)
            return person_of(arrival.claims), arrival
        except (TokenRefusedError, ValueError):
            raise self._failure(request) from None
        except OSError:
            raise _away() from None

    def _onward(self, person: Person, to: str | None) -> Response:
        return RedirectResponse(to or self._site.menu.home(person), 303)

    def _return_to(self, request: Request) -> str:
        return f"{_base(request)}{self._prefix}/masuk/kembali"

    def _not_too_often(self, request: Request) -> None:
        if wait := self._pace.wait(request):
            sentence = Sentence("Terlalu sering. Coba lagi %(wait)s detik lagi.", wait=wait)
            raise Problem(429, "too-often", sentence, headers={"Retry-After": str(wait)})

    def _failure(self, request: Request) -> Problem:
        self._pace.missed(request)
        return Problem(400, "sign-in-failed", "Masuk gagal. Coba masuk sekali lagi.")


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


async def _note(db: Database, person: Person, visit: Visit, what: str) -> None:
    async with db.transaction() as tx:
        await audit.keep(tx.conn, audit.Entry(person, visit.route, what, None, visit.address, "done", {}))


def _away() -> Problem:
    sentence = Sentence("Layanan masuk sedang terganggu. Coba lagi sebentar lagi.")
    return Problem(503, "sign-in-away", sentence, headers={"Retry-After": "5"})
