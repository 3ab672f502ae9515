"""One request of somebody: who it is, whether what they ask for is theirs, and the note of it."""

from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request

from shared.http.problems import Problem
from shared.messaging.transaction import Connection
from shared.people import audit
from shared.people.access import Rule
from shared.people.person import Person, Role
from shared.people.session import Session

NOT_YOURS = "Ini di luar wilayah tugas Anda."


class Visit:
    """Given to each route as `AtDoor`. `session` is None for machines and for those who have not signed in."""

    def __init__(self, person: Person | None, session: Session | None, rule: Rule, route: str, address: str) -> None:
        self._person = person
        self.session = session
        self.rule = rule
        self.route = route
        self.address = address
        self.weighed = False
        self.noted = False

    @property
    def anyone(self) -> Person | None:
        """Who it is; None when nobody has signed in, which public routes allow."""
        return self._person

    @property
    def person(self) -> Person:
        """Who it is."""
        assert self._person is not None, "a public route asked for a person"
        return self._person

    def is_a(self, *roles: Role) -> bool:
        """Whether they have one of these roles."""
        return self._person is not None and not self._person.roles.isdisjoint(roles)

    def must_reach(self, kelurahan_code: str, rw: str | None = None) -> None:
        """Go on only if the place lies in their area.

        Raises:
            Problem: 403, it does not.
        """
        self.weighed = True
        if not self.person.reaches(kelurahan_code, rw):
            raise Problem(403, "outside-area", NOT_YOURS)

    @property
    def within(self) -> list[str]:
        """Patterns for `kelurahan_code || '/' || rw like any ($1)`: what lies in their area."""
        self.weighed = True
        return [f"{area.code}%" for area in sorted(self.person.areas)]

    def must_be_everywhere(self, city: str) -> None:
        """Go on only if they work for the whole city (its code): what has no place is theirs alone.

        Raises:
            Problem: 403, they do not.
        """
        self.weighed = True
        if not any(city.startswith(area.code) for area in self.person.areas):
            raise Problem(403, "outside-area", NOT_YOURS)

    async def note(
        self, conn: Connection | asyncpg.Connection, what: str, record: object = None, **details: Any
    ) -> None:
        """Keep in the audit what they do, in the transaction that does it. Details hold nothing personal."""
        self.noted = True
        about = None if record is None else str(record)
        await audit.keep(conn, audit.Entry(self._person, self.route, what, about, self.address, "done", details))


def _visit(request: Request) -> Visit:
    visit: Visit = request.state.visit
    return visit


AtDoor = Annotated[Visit, Depends(_visit)]
"""A route's parameter."""
