"""A service with one form, the routes that its tests need, and a browser that goes where it is sent."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from fastapi import APIRouter, Request, Response

from shared.http.app import Db
from shared.messaging.transaction import Transaction
from shared.people import AtDoor, Role, may, public
from shared.people.access import Access
from shared.people.acting import once_form

TEMPLATES = Path(__file__).parent / "templates"
HERE = "http://antar.test"

router = APIRouter(prefix="/kecil")

ACCESS: Access = {
    "GET /kecil": may(Role.COUNTER),
    "POST /kecil/catatan": may(Role.COUNTER, kept="write"),
    "GET /kecil/saya": may(*Role),
    "POST /kecil/saya": may(*Role),
    "GET /kecil/umum": public(),
}


@router.get("")
async def form(request: Request) -> Response:
    page: Response = request.app.state.site.page("form.html", request=request)
    return page


@router.post("/catatan")
async def keep(request: Request, visit: AtDoor, db: Db) -> Response:
    sent = await request.form()
    words = [f"{name}={value if isinstance(value, str) else value.filename}" for name, value in sent.multi_items()]

    async def work(tx: Transaction) -> str:
        await tx.conn.execute("insert into effect (what) values ($1)", "&".join(words[1:]))
        await visit.note(tx.conn, "kept")
        return "/kecil?tersimpan=1"

    return await once_form(db, request, visit, work)


@router.get("/saya")
@router.post("/saya")
async def me(visit: AtDoor) -> dict[str, Any]:
    return visit.person.claims()


@router.get("/umum")
async def anybody(visit: AtDoor) -> dict[str, Any]:
    return {"who": visit.anyone.subject if visit.anyone else None}


def asked(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


class Browser:
    """Keeps cookies for the service; shows where it is sent, and does not go by itself."""

    def __init__(self, app: Any, address: str = HERE) -> None:
        transport = httpx2.ASGITransport(app=app)
        headers = {"Accept": "text/html,application/xhtml+xml"}
        self.service = httpx2.AsyncClient(transport=transport, base_url=address, headers=headers)
        self._elsewhere = httpx2.AsyncClient(trust_env=False)

    async def get(self, path: str) -> httpx2.Response:
        """A page of the service."""
        return await self.service.get(path)

    async def begun(self, path: str = "/kecil/masuk") -> str:
        """The provider's address to which the service sends us from its sign-in."""
        sent = await self.service.get(path)
        assert sent.status_code == 303, sent.text
        return str(sent.headers["location"])

    async def chosen(self, address: str, subject: str) -> str:
        """The click on a person at the provider; the address to which it sends us back."""
        page = await self._elsewhere.get(address)
        assert page.status_code == 200
        assert f'value="{subject}"' in page.text
        sent = await self._elsewhere.post(address, data={"sub": subject})
        assert sent.status_code == 302
        return str(sent.headers["location"])

    async def signs_in(self, subject: str, path: str = "/kecil/masuk") -> httpx2.Response:
        """The whole way; the service's answer to the return."""
        return await self.service.get(await self.chosen(await self.begun(path), subject))

    async def close(self) -> None:
        """Close it."""
        await self.service.aclose()
        await self._elsewhere.aclose()
