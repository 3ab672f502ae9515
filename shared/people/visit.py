"""One request of somebody: who it is, whether what they ask for is theirs, and the note of it."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request

from shared.http.problems import Problem
from shared.messaging.transaction import Connection
from shared.people import audit
from shared.people.access import Rule
from shared.people.person import Person, Role
from shared.people.session import Session
from shared.sentence import Sentence

NOT_YOURS = Sentence("Ini di luar wilayah tugas Anda.")


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

    @property
    def reach(self) -> Callable[[str | None, str | None], bool]:
        """Tells of a place (kelurahan code, RW) whether it lies in their area, for routes that answer in parts.

        What has no place yet (None) is of those who work for a whole city.
        """
        self.weighed = True
        person = self.person
        in_a_city = any(area.is_city for area in person.areas)
        return lambda kelurahan_code, rw: in_a_city if kelurahan_code is None else person.reaches(kelurahan_code, rw)

    def must_reach(self, kelurahan_code: str | None, rw: str | None = None) -> None:
        """Go on only if the place lies in their area; a place that nobody knows yet lies in a whole city alone.

        Raises:
            Problem: 403, it does not.
        """
        if not self.reach(kelurahan_code, rw):
            raise Problem(403, "outside-area", NOT_YOURS)

    @property
    def within(self) -> list[str]:
        """Patterns for `kelurahan_code || '/' || rw like any ($1)`: what lies in their area."""
        self.weighed = True
        return [f"{area.code}%" for area in sorted(self.person.areas)]

    def is_everywhere(self, city: str) -> bool:
        """Whether they work for the whole city (its code)."""
        return any(city.startswith(area.code) for area in self.person.areas)

    def must_be_everywhere(self, city: str) -> None:
        """Go on only if they work for the whole city (its code): what has no place is theirs alone.

        Raises:
            Problem: 403, they do not.
        """
        self.weighed = True
        if not self.is_everywhere(city):
            raise Problem(403, "outside-area", NOT_YOURS)

    async def note(
        self, conn: Connection | asyncpg.Connection, what: str, record: object = None, **details: Any
    ) -> None:
        """Keep in the audit what they do, in the transaction that does it. Details hold nothing personal."""
        await self.note_each(conn, what, [None if record is None else str(record)], **details)

    async def note_each(
        self,
        conn: Connection | asyncpg.Connection,
        what: str,
        records: Sequence[object],
        *,
        result: str = "done",
        **details: Any,
    ) -> None:
        """The same of many records at once, so that each of them is found in the audit; `result` is the code of a
        refusal that concerns these alone."""
        self.noted = True
        entry = audit.Entry(self._person, self.route, what, None, self.address, result, details)
        await audit.keep_each(conn, entry, [None if record is None else str(record) for record in records])


def _visit(request: Request) -> Visit:
    visit: Visit = request.state.visit
    return visit


AtDoor = Annotated[Visit, Depends(_visit)]
"""A route's parameter."""
