"""One page with every part of the kit on it, rendered by the real frame and shown without a service behind it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import Request
from playwright.async_api import Page, Route

from shared.settings import ServiceSettings
from shared.web.site import Site
from tests import people

ADDRESS: Final = "http://antar.test/contoh"
FAULTS: Final = {
    "hp": "Nomor HP harus nomor seluler, misalnya 0812 3456 7890",
    "shdk": "Pilih hubungan dalam keluarga",
    "dok": "KTP-el orang 1 sudah dimohonkan dan masih berjalan",
    "mengerti": "Bacakan dahulu, lalu centang",
}
_STATIC: Final = Path(__file__).parents[2] / "shared" / "web" / "static"


async def show(page: Page) -> None:
    """Open it."""
    await page.route("http://antar.test/**", _answer)
    await page.goto(ADDRESS)


async def _answer(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path.startswith("/static/"):
        name = path.rpartition("/")[2]
        await route.fulfill(path=_STATIC / f"{name.partition('.')[0]}.{name.rpartition('.')[2]}")
    else:
        await route.fulfill(
            body=bytes(_site().page("specimen.html", request=_request(), faults=FAULTS).body), content_type="text/html"
        )


def _site() -> Site:
    common: dict[str, Any] = {"database_url": "postgresql://", "kafka": "x:1", "http_port": 1}
    settings = ServiceSettings(**common, session_key=people.SESSION_KEY, oidc_issuer=people.ISSUER)
    return Site(settings, "/loket", Path(__file__).parent / "templates")


def _request() -> Request:
    nobody = SimpleNamespace(session=None)
    scope = {"type": "http", "method": "GET", "path": "/contoh", "query_string": b"", "headers": [], "scheme": "http"}
    return Request({**scope, "server": ("antar.test", 80), "state": {"visit": nobody}})
