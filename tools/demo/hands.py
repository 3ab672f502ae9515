"""Whose work each request of the demonstration is: nobody in it may do everything."""

import httpx2

from shared.people.person import Role

_WHOSE = {
    "rw": Role.ADMINISTRATOR,
    "imports": Role.COUNTER,
    "applications": Role.COUNTER,
    "clearances": Role.VERIFIER,
    "stock": Role.STOREKEEPER,
    "queue": Role.STOREKEEPER,
    "couriers": Role.ADMINISTRATOR,
    "handovers": Role.COORDINATOR,
    "deliveries": Role.COORDINATOR,
    "courier-reports": Role.COURIER,
    "summary": Role.SUPERVISOR,
    "messages": Role.SUPERVISOR,
}


def whose(request: httpx2.Request) -> Role:
    """The role that does this, by the first part of the path; a proxy has its own before it (/api/intake/…)."""
    return next(_WHOSE[part] for part in request.url.path.split("/") if part in _WHOSE)
