"""A service whose routes are not all declared does not start."""

from typing import Any

import pytest
from fastapi import APIRouter

from shared.packages import known
from shared.people import Role, entrance, may
from shared.people.access import Rule, UndeclaredError
from shared.service import Parts
from tests import people
from tests.harness import build


def parts_of(service: str) -> Parts:
    return build(service, "postgresql://nobody@127.0.0.1/none")


def starts(parts: Parts, access: dict[str, Rule], *more: APIRouter) -> Any:
    return entrance.build(parts.settings, parts.site, access, [*parts.routers, *more], people.provider())


@pytest.mark.parametrize("service", known())
def test_as_it_is_each_service_starts_and_declares_the_routes_that_all_have(service: str) -> None:
    parts = parts_of(service)
    doors, _ = starts(parts, dict(parts.access))
    prefix = parts.site.prefix
    assert {f"GET {prefix}/masuk", f"POST {prefix}/keluar", f"GET {prefix}/audit", *parts.access} <= set(doors.access)


@pytest.mark.parametrize("service", known())
def test_a_route_without_a_declaration_keeps_it_from_starting(service: str) -> None:
    parts = parts_of(service)
    for left_out in parts.access:
        access = {name: rule for name, rule in parts.access.items() if name != left_out}
        with pytest.raises(UndeclaredError) as refused:
            starts(parts, access)
        assert left_out in str(refused.value)


@pytest.mark.parametrize("service", known())
def test_a_declaration_without_a_route_keeps_it_from_starting(service: str) -> None:
    parts = parts_of(service)
    with pytest.raises(UndeclaredError, match="GET /nowhere"):
        starts(parts, {**parts.access, "GET /nowhere": may(Role.AUDITOR)})


def test_a_router_that_comes_later_needs_its_declarations_too() -> None:
    router = APIRouter()

    @router.delete("/everything")
    async def everything() -> None: ...

    parts = parts_of("intake")
    with pytest.raises(UndeclaredError, match="DELETE /everything"):
        starts(parts, dict(parts.access), router)
