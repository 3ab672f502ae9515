"""What a service's OpenAPI document says is what it does."""

from typing import Any

import pytest

from tests.conftest import Harness
from tests.openapi.asking import Found, ask
from tests.openapi.records import SERVICES, SETTINGS

SEEDS = (2, 3, 4, 5)
"""Of what is asked; the further ones when chance has let nothing of some route succeed."""
PAGES = ("/loket", "/cetak", "/antar", "/kabar", "/lacak", "/static")


@pytest.mark.parametrize("name", SERVICES)
async def test_whatever_is_asked_the_answer_is_none_of_our_errors_and_is_one_that_the_document_names(
    harness: Harness, name: str
) -> None:
    service = await harness(name, **SETTINGS.get(name, {}))
    known = await SERVICES[name](service)
    found = Found()
    for seed in SEEDS:
        found.join(await ask(service, known, examples=15, seed=seed))
        if not found.never_done():
            break
    assert not found.faults, found.told()
    assert not found.never_done()


@pytest.mark.parametrize("name", SERVICES)
async def test_the_document_has_every_route_for_machines_and_tells_who_may_as_the_doors_do(
    harness: Harness, name: str
) -> None:
    app = (await harness(name)).app
    access = app.state.doors.access
    told = {f"{method.upper()} {path}": it for path, of in app.openapi()["paths"].items() for method, it in of.items()}
    pages = {route for route in access if route.partition(" ")[2].startswith(PAGES) and not route.endswith(".json")}
    pages |= {route for route in access if route.startswith("GET /loket/hak/")}  # what a person is given as a file
    assert told.keys() == access.keys() - pages
    for route, operation in told.items():
        ways = [way for requirement in operation.get("security", ()) for way in requirement]
        assert ways == _ways(route, access[route].roles), route
        assert ("401" in operation["responses"]) == ("403" in operation["responses"]) == bool(ways), route


def _ways(route: str, roles: Any) -> list[str]:
    if roles is None:
        return []
    return ["token", "session"] if route.startswith("GET ") else ["token"]
