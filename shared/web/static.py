"""Static files under names that hold a hash of their contents, so that browsers keep them for ever."""

import hashlib
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

_TYPES: Final = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"


class StaticFiles:
    """The files of a folder.

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
