"""A service as small as one can be, with the doors that every service has: for tests of what all of them promise."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
from fastapi import APIRouter, FastAPI

from shared.http.app import create_app
from shared.messaging.transaction import Database
from shared.people import entrance
from shared.people.access import Access
from shared.people.provider import Provider
from shared.settings import ServiceSettings
from shared.web.site import Site
from tests import people

PREFIX = "/kecil"


def small_app(
    pool: asyncpg.Pool,
    routers: Sequence[APIRouter],
    access: Access,
    provider: Provider | None = None,
    templates: Path | None = None,
    **settings: Any,
) -> FastAPI:
    """The application over these routes; `provider` instead of the one whose keys are known."""

    async def ready() -> dict[str, bool]:
        return {"database": True}

    common = {"database_url": "postgresql://x", "kafka": "127.0.0.1:1", "http_port": 1}
    told = ServiceSettings(**common, session_key=people.SESSION_KEY, oidc_issuer=people.ISSUER, **settings)
    site = Site(told, PREFIX, templates)
    doors, everything = entrance.build(told, site, access, routers, provider or people.provider())
    return create_app("core", Database(pool, "intake"), everything, ready, doors, site)
