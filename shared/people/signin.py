"""Signing in and out: the pages between a browser without a session and one with."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from shared.http.app import Db
from shared.http.problems import Problem
from shared.people.access import Access, Rule, public
from shared.people.doors import Doors
from shared.people.drafts import local_path
from shared.people.person import Role, person_of
from shared.people.provider import Attempt, Provider, Unreachable
from shared.people.sealing import Seal
from shared.people.tokens import TokenRefusedError
from shared.people.visit import AtDoor
from shared.web.menu import Menu
from shared.web.site import Site

ATTEMPT: Final = "antar_masuk"
_ATTEMPT_SECONDS: Final = 600
_ANYBODY: Final = Rule(frozenset(Role))

Path = Annotated[str | None, Query(max_length=2000)]


class SignIn:
    """The routes of one service below its `prefix`."""

    def __init__(self, prefix: str, provider: Provider, seal: Seal, menu: Menu) -> None:
        self._prefix = prefix
        self._provider = provider
        self._seal = seal
        self._menu = menu

    @property
    def access(self) -> Access:
        """Who may use them."""
        prefix = self._prefix
        return {
            f"GET {prefix}/masuk": public(),
            f"GET {prefix}/masuk/kembali": public(),
            f"POST {prefix}/keluar": _ANYBODY,
            f"GET {prefix}/lanjutkan/{{draft}}": _ANYBODY,
        }

    def router(self, site: Site) -> APIRouter:
        """The routes."""
        router = APIRouter(prefix=self._prefix, include_in_schema=False)

        @router.get("/masuk")
        async def sign_in(request: Request, visit: AtDoor, ke: Path = None) -> Response:
            if visit.anyone is not None:
                return RedirectResponse(local_path(ke) or self._menu.home(visit.anyone), 303)
            try:
                url, attempt = await self._provider.begin(self._return_to(request))
            except Unreachable:
                raise _away() from None
            response = RedirectResponse(url, 303)
            content = {**attempt._asdict(), "to": local_path(ke)}
            response.set_cookie(
                ATTEMPT,
                self._seal.close("attempt", content, _ATTEMPT_SECONDS),
                path=f"{self._prefix}/masuk",
                max_age=_ATTEMPT_SECONDS,
                secure=request.url.scheme == "https",
                httponly=True,
                samesite="lax",
            )
            return response

        @router.get("/masuk/kembali")
        async def signed_in(request: Request, code: str = "", state: str = "") -> Response:
            content = self._seal.open("attempt", request.cookies.get(ATTEMPT))
            if content is None or not state or content["state"] != state:
                raise _failed()
            to = content.pop("to")
            try:
                claims = await self._provider.finish(self._return_to(request), code, Attempt(**content))
                person = person_of(claims)
            except (TokenRefusedError, ValueError):
                raise _failed() from None
            except Unreachable:
                raise _away() from None
            doors: Doors = request.app.state.doors
            response = RedirectResponse(to or self._menu.home(person), 303)
            doors.sessions.begin(response, request, person)
            response.delete_cookie(ATTEMPT, path=f"{self._prefix}/masuk")
            return response

        @router.post("/keluar")
        async def sign_out(request: Request) -> Response:
            doors: Doors = request.app.state.doors
            request.state.visit.session = None
            response = site.page("signed_out.html", request=request, elsewhere=await self._end_elsewhere())
            doors.sessions.end(response)
            return response

        @router.get("/lanjutkan/{draft}")
        async def resume(draft: UUID, request: Request, visit: AtDoor, db: Db) -> Response:
            doors: Doors = request.app.state.doors
            kept = await doors.drafts.take(db, draft, visit.person)
            if kept is None:
                raise Problem(404, "draft-gone", "Isian itu tidak ada lagi. Isi sekali lagi.")
            return site.page("resume.html", request=request, resume_at=kept["path"], fields=kept["fields"])

        return router

    def _return_to(self, request: Request) -> str:
        return f"{str(request.base_url).rstrip('/')}{self._prefix}/masuk/kembali"

    async def _end_elsewhere(self) -> str | None:
        try:
            return (await self._provider.about()).get("end_session_endpoint")
        except Unreachable:
            return None


def _failed() -> Problem:
    return Problem(400, "sign-in-failed", "Masuk gagal. Coba masuk sekali lagi.")


def _away() -> Problem:
    return Problem(503, "sign-in-away", "Layanan masuk sedang terganggu. Coba lagi sebentar lagi.",
                   headers={"Retry-After": "5"})  # fmt: skip
