"""Builds the web application of a service from its routers."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from shared import tracing
from shared.http import metrics
from shared.http.description import Described
from shared.http.problems import MEDIA_TYPE, Problem, failure, http_error, invalid_request, problem, too_large
from shared.measures import Measures
from shared.messaging.transaction import Database
from shared.people.doors import Doors, ElsewhereError, elsewhere
from shared.version import version
from shared.web.site import Site

log = structlog.get_logger()

MAX_BODY = 1 << 20
"""Bytes of a request's body, unless its route says otherwise."""

INSIDE = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Routes for who runs the service: not to be had through the proxy, and not counted."""

STREAMED = 1 << 40
"""The `max_body_size` of a route that streams a file and never holds it in memory."""


def _security_headers(provider: str) -> dict[str, str]:
    return {
        # A form that comes after its session's end leads to the sign-in, which is the provider's.
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'; form-action 'self' {provider}; frame-ancestors 'none'; base-uri 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _database(request: Request) -> Database:
    db: Database = request.app.state.db
    return db


Db = Annotated[Database, Depends(_database)]
"""The service's database, as a route's parameter."""

Readiness = Callable[[], Awaitable[dict[str, bool]]]
"""Names what must work for the service to work, and whether it does."""


def create_app(
    name: str,
    db: Database,
    routers: Sequence[APIRouter],
    ready: Readiness,
    doors: Doors,
    site: Site,
    measures: Measures | None = None,
) -> FastAPI:
    """The application of service `name`; `db` is what routes get as `Db`. Nobody comes past the doors.

    `measures` are taken anew when somebody looks at the metrics.
    """
    app = Described(f"Antar {name}", doors.access)
    app.state.db = db
    app.state.doors = doors
    app.state.site = site
    security = _security_headers(doors.provider)
    app.add_exception_handler(ElsewhereError, elsewhere)
    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(RequestValidationError, invalid_request)
    app.add_exception_handler(HTTPException, http_error)

    @app.middleware("http")
    async def frame(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        began, asked = time.perf_counter(), tracing.Asked() if tracing.spans else None
        tracing.asked.set(asked)
        try:
            response = await doors.see_off(request, await call_next(request), db)
        except Exception as error:
            # Told and logged here, since the server's own log line would quote the error, and with it a row.
            refusal = failure(error)
            if refusal.status_code >= 500:
                log.exception("request_failed", method=request.method, route=_route(request), **_about(request))
            response = refusal.answer(request)
        if response.status_code == 413 and response.headers.get("content-type") != MEDIA_TYPE:
            response = too_large().answer(request)  # the framework's own answer is not a problem document
        for header, value in security.items():
            response.headers.setdefault(header, value)
        _watch(request, response, time.perf_counter() - began, asked)
        return response

    app.include_router(_inside(ready, measures), dependencies=[Depends(_from_inside)])
    for router in routers:
        # On the routers, not on the application: there the refusal would be sent outside the frame.
        app.include_router(router, max_body_size=MAX_BODY, dependencies=[Depends(doors.admit)])
    return app


def _route(request: Request) -> str:
    # The pattern, not the address: an address may hold a code that opens a person's page.
    return getattr(request.scope.get("route"), "path", "")


def _watch(request: Request, response: Response, seconds: float, asked: tracing.Asked | None) -> None:
    route = _route(request)
    if route in INSIDE:
        return
    metrics.count(request.method, route, response.status_code, seconds)
    if tracing.spans and asked:
        asked.trace = asked.trace or _about(request).get("trace")
        tracing.spans.answered(asked, request.method, route, response.status_code)


def _about(request: Request) -> dict[str, str]:
    # The trace of what the address names, if it names one thing by a UUID.
    named = {number for value in request.path_params.values() if (number := tracing.number_of(str(value)))}
    return {"trace": named.pop()} if len(named) == 1 else {}


async def _from_inside(request: Request) -> None:
    # A second lock beside the proxy's own: whoever came by a proxy is not of the inside.
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        raise HTTPException(404)


def _inside(ready: Readiness, measures: Measures | None) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "alive", "version": version()}

    @router.get("/health/ready")
    async def readiness(response: Response) -> dict[str, bool | str]:
        parts = await ready()
        response.status_code = 200 if all(parts.values()) else 503
        return {**parts, "version": version()}

    @router.get("/metrics")
    async def measured() -> Response:
        if measures is not None:
            await measures.refresh()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
