"""What a service declares of each of its routes: who may use it, whether the place counts, what is kept of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter
from fastapi.routing import APIRoute

from shared.people.person import Role

Kept = Literal["nothing", "look", "write"]
"""What the audit keeps: nothing, that somebody looked at personal data, that somebody changed something."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`roles` None: anyone, signed in or not. `own`: only what lies in the person's area."""

    roles: frozenset[Role] | None
    own: bool = False
    kept: Kept = "nothing"


def may(*roles: Role, own: bool = False, kept: Kept = "nothing") -> Rule:
    """These roles may. With `own` the route must ask whether the record lies in the person's area, or answer with
    what lies there alone; with `kept` it must note what was done. Both are checked at each answer."""
    return Rule(frozenset(roles), own, kept)


def public() -> Rule:
    """Anyone may."""
    return Rule(None)


Access = Mapping[str, Rule]
"""By route as "METHOD /path/{pattern}"."""


def methods_of(access: Access, path: str) -> list[str]:
    """The methods that this pattern of a path takes."""
    return sorted(method for method, _, declared in (name.partition(" ") for name in access) if declared == path)


class UndeclaredError(Exception):
    """A route without a declaration, or a declaration without its route."""


def routes_of(routers: Iterable[APIRouter]) -> dict[str, APIRoute]:
    """The routes as `Access` names them."""
    found = (route for router in routers for route in router.routes if isinstance(route, APIRoute))
    return {f"{method} {route.path}": route for route in found for method in sorted(route.methods or ())}


def check(access: Access, routers: Iterable[APIRouter]) -> None:
    """Each route has its declaration and each declaration its route.

    Raises:
        UndeclaredError: names what is missing.
    """
    there = routes_of(routers).keys()
    for name in sorted(there - access.keys()):
        raise UndeclaredError(f"access.py does not say who may use {name}")
    for name in sorted(access.keys() - there):
        raise UndeclaredError(f"access.py names {name}, which is no route")
