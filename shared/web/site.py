"""Templates and static files: what a service's pages are made with."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

from shared.clock import WIB

HERE = Path(__file__).parent

_MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8"}
_FOR_EVER = "public, max-age=31536000, immutable"


class StaticFiles:
    """Files under names that hold a hash of their contents, so that browsers keep them for ever.

    The same release gives the same names in every service: behind one address any of them may answer.
    """

    def __init__(self, folder: Path) -> None:
        self._by_name: dict[str, tuple[bytes, str]] = {}
        self._names: dict[str, str] = {}
        for path in sorted(p for p in folder.iterdir() if p.suffix in _TYPES):
            content = path.read_bytes()
            name = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:10]}{path.suffix}"
            self._names[path.name] = name
            self._by_name[name] = content, _TYPES[path.suffix]

    def url(self, file: str) -> str:
        """The address of `file`, such as /static/site.3f2a….css.

        Raises:
            KeyError: there is no such file.
        """
        return f"/static/{self._names[file]}"

    def router(self) -> APIRouter:
        """The route that serves them."""
        router = APIRouter(include_in_schema=False)

        @router.get("/static/{name}")
        async def static(name: str) -> Response:
            if name not in self._by_name:
                raise HTTPException(404)
            content, media_type = self._by_name[name]
            return Response(content, media_type=media_type, headers={"Cache-Control": _FOR_EVER})

        return router


class Site:
    """Renders the pages of one service: its own templates over the shared frame.

    `frame` is what the frame shows on every page: at least `brand` and `office`.
    """

    def __init__(self, templates: Path, frame: Mapping[str, Any]) -> None:
        self._static = StaticFiles(HERE / "static")
        self._environment = Environment(
            loader=FileSystemLoader([templates, HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {**frame, "static": self._static.url}
        self._environment.filters |= FILTERS

    @property
    def router(self) -> APIRouter:
        """The static files; goes beside the service's own routers."""
        return self._static.router()

    def page(
        self, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
    ) -> HTMLResponse:
        """The page as an answer. Values are escaped."""
        text = self._environment.get_template(template).render(**values)
        return HTMLResponse(text, status, dict(headers or {}))


def day(at: datetime | date) -> str:
    """3 Agustus 2016, in Western Indonesian time."""
    local = at.astimezone(WIB) if isinstance(at, datetime) else at
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def moment(at: datetime) -> str:
    """4 September 2017, 10.42 WIB."""
    local = at.astimezone(WIB)
    return f"{day(at)}, {local.hour:02}.{local.minute:02} WIB"


def number(n: int) -> str:
    """61.480."""
    return f"{n:,}".replace(",", ".")


FILTERS: Mapping[str, Callable[..., str]] = {"day": day, "moment": moment, "number": number}
