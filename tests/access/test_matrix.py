"""Every route of every service, asked by every role, in its own area, in another and in none, and by nobody.

What is expected is taken from what each service declares. The routes are found; a new one needs at most a line in
lines.py that makes its request plausible.
"""

import httpx2
import pytest

from shared.packages import known
from shared.people import Role
from tests.access.asking import Asking, Route, people
from tests.access.records import RECORDS, Fresh, Record
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.people import EVERYBODY

WATCHED = {
    "printing": {"printer": "manual"},
}
"""Settings under which nothing happens by itself meanwhile."""


class Matrix:
    """The findings: each a sentence that says who got what, and should not have."""

    def __init__(self, service: ServiceUnderTest, fresh: Fresh) -> None:
        self.service = service
        self.asking = Asking(service)
        self.fresh = fresh
        self.found: list[str] = []

    def tell(self, route: Route, who: str, answer: httpx2.Response, wanted: str) -> None:
        self.found.append(f"{route.name} as {who}: {answer.status_code}, should be {wanted}: {answer.text[:160]!r}")

    async def nobody(self, route: Route, record: Record) -> None:
        """Who has not signed in: a machine is refused, a browser led to the sign-in."""
        if route.line.elsewhere:
            return
        for who, browser, wanted in (("nobody's machine", False, 401), ("nobody's browser", True, 303)):
            answer = await self.asking.ask(route._replace(page=browser), None, record, browser=browser)
            if route.rule.roles is None:
                if answer.status_code in (401, 403, 500):
                    self.tell(route, who, answer, "let in")
            elif answer.status_code != wanted or (browser and "/masuk" not in answer.headers["location"]):
                self.tell(route, who, answer, str(wanted))

    async def other_roles(self, route: Route, record: Record) -> None:
        """Those whose work it is not, wherever they are."""
        for role in Role if route.rule.roles is not None else ():
            for where, person in people(role).items() if role not in _roles(route) else ():
                answer = await self.asking.ask(route, person, record)
                if answer.status_code != 403:
                    self.tell(route, f"{role} {where}", answer, "403")

    async def outsiders(self, route: Route, record: Record) -> None:
        """Those whose work it is, elsewhere: refused, or shown that there is nothing; what is about the whole city is
        never shown in parts."""
        for role in sorted(_roles(route)) if route.rule.own else ():
            for where, person in people(role).items():
                if where == "of the city" or (where == "of the place" and not route.line.everywhere):
                    continue
                answer = await self.asking.ask(route, person, record)
                shown = [mark for mark in record.marks if mark in answer.text]
                if answer.status_code != 403 and (shown or answer.status_code >= 500 or route.line.everywhere):
                    self.tell(route, f"{role} {where}", answer, f"403, or without {shown}")

    async def insiders(self, route: Route) -> None:
        """Those whose work it is, where they work: the first succeeds, no other is turned away."""
        record = await self.fresh()
        await self.asking.prepare(route, record)
        tried_first = False
        for role in sorted(_roles(route)):
            for where, person in people(role).items():
                if route.rule.own and (
                    where in ("of elsewhere", "of nowhere") or (where == "of the place" and route.line.everywhere)
                ):
                    continue
                answer = await self.asking.ask(route, person, record)
                first, tried_first = not tried_first, True
                if answer.status_code in (401, 403) or answer.status_code >= 500:
                    self.tell(route, f"{role} {where}", answer, "let in")
                elif first and answer.status_code >= 400 and answer.status_code != route.line.answer:
                    self.tell(route, f"{role} {where}", answer, "a success; give it a plausible line in lines.py")


def _roles(route: Route) -> frozenset[Role]:
    return route.rule.roles or frozenset()


@pytest.fixture(params=known())
async def matrix(harness: Harness, request: pytest.FixtureRequest) -> Matrix:
    """A service with a record in it."""
    name: str = request.param
    service = await harness(name, **WATCHED.get(name, {}))
    return Matrix(service, await RECORDS[name](service))


async def test_each_route_lets_in_whom_it_declares_where_they_work_and_nobody_else(matrix: Matrix) -> None:
    record = await matrix.fresh()
    began = await matrix.service.pool.fetchval("select coalesce(max(id), 0) from audit")
    for route in matrix.asking.routes:
        await matrix.nobody(route, record)
        await matrix.other_roles(route, record)
        await matrix.outsiders(route, record)
    matrix.found += await done_to(matrix.service, record, began)
    for route in matrix.asking.routes:
        await matrix.insiders(route)
    assert not matrix.found, "\n".join(matrix.found)


async def done_to(service: ServiceUnderTest, record: Record, since: int) -> list[str]:
    """What outsiders have done to the record after all."""
    rows = await service.pool.fetch(
        """
        select distinct route, who, areas, what from audit
        where id > $1 and result = 'done' and record is not null and record = any($2) and who <> $3
        """,
        since,
        list(record.marks),
        EVERYBODY.subject,
    )
    return [f"{row['who']} of {row['areas']} has done {row['what']} by {row['route']}" for row in rows]
