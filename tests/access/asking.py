"""Asks a route for a record as somebody would: a machine by its token, a browser by its session and our form."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import httpx2

from shared.people import Person, Role
from shared.people.access import Access, Rule
from shared.people.forms import FIELD
from tests.access.lines import LINES, Line
from tests.access.records import BADGE, KELURAHAN, RW, Facts, Record
from tests.browsing import Page
from tests.harness import ServiceUnderTest
from tests.people import EVERYBODY, someone

AREAS: Mapping[str, tuple[str, ...]] = {
    "of the city": ("32.75",),
    "of the place": (KELURAHAN,),
    "of elsewhere": ("32.75.02",),
    "of nowhere": (),
}
_SESSION = "session-of-the-tests"
_keys = itertools.count(1)


def people(role: Role) -> dict[str, Person]:
    """One with this role in each of the areas; a courier's own place is his RW. All have the same badge."""
    own = (f"{KELURAHAN}/{RW}",) if role is Role.COURIER else AREAS["of the place"]
    areas = {**AREAS, "of the place": own}
    return {where: someone(role, areas=codes, badge=BADGE) for where, codes in areas.items()}


class Route(NamedTuple):
    """A route with what is declared of it and a plausible request."""

    name: str
    rule: Rule
    line: Line
    page: bool

    @property
    def method(self) -> str:
        """GET, POST, …"""
        return self.name.partition(" ")[0]

    @property
    def path(self) -> str:
        """The path with its {names}."""
        return self.name.partition(" ")[2]

    @property
    def changes(self) -> bool:
        """Whether it may leave the record otherwise than it was."""
        return self.method != "GET"


class Asking:
    """One service, its routes as they are declared at this moment."""

    def __init__(self, service: ServiceUnderTest) -> None:
        self._service = service
        self._access: Access = service.app.state.doors.access
        self._prefix = service.parts.site.prefix
        self._forms: dict[str, dict[str, Any]] = {}

    @property
    def routes(self) -> Sequence[Route]:
        """All routes of the service; those of pages are asked by browsers."""
        return [
            Route(name, rule, LINES.get(self._bare(name), Line()), self._is_page(name))
            for name, rule in self._access.items()
        ]

    async def ask(
        self, route: Route, person: Person | None, record: Record, *, browser: bool = False
    ) -> httpx2.Response:
        """What this person gets; `browser` for nobody in front of one."""
        path = _filled(route.path, record, _filled(route.line.path, record))
        asked = await self._body(route, path, record) if route.changes else {}
        if route.page or browser:
            client = self._service.browser(person)
        else:
            client = self._service.as_(person, **{"Idempotency-Key": f"matrix-{next(_keys)}"})
        async with client:
            return await client.request(route.method, f"{path}?{route.line.query}", **asked)

    async def prepare(self, route: Route, record: Record) -> None:
        """Bring the record where this route finds it."""
        by_name = {one.name: one for one in self.routes}
        for name in route.line.after:
            answer = await self.ask(by_name[name], EVERYBODY, record)
            assert answer.status_code < 400, f"{name} before {route.name}: {answer.status_code} {answer.text[:300]}"

    async def _body(self, route: Route, path: str, record: Record) -> dict[str, Any]:
        line = route.line
        if not route.page:
            if line.content is not None:
                return {"content": _filled(line.content, record), "headers": {"Content-Type": "text/csv"}}
            return {"json": _filled(line.json, record)}
        fields = {**await self._form_on(path), **_filled(dict(line.form), record)}
        fields[FIELD] = self._service.app.state.doors.forms.new(_SESSION)
        if line.file is None:
            return {"data": fields}
        name, content = line.file
        return {"data": fields, "files": {"berkas": (name, _filled(content, record).encode(), "text/csv")}}

    async def _form_on(self, path: str) -> dict[str, Any]:
        if path not in self._forms:
            self._forms[path] = await self._form_looked_up(path)
        return self._forms[path]

    async def _form_looked_up(self, path: str) -> dict[str, Any]:
        async with self._service.browser(EVERYBODY) as browser:
            answer = await browser.get(path)
        forms = [form for form in Page(answer).forms if form.action == path] if answer.status_code == 200 else []
        return dict(forms[-1].filled()) if forms else {}

    def _is_page(self, name: str) -> bool:
        path = name.partition(" ")[2]
        return path == self._prefix or (path.startswith(f"{self._prefix}/") and path != "/statistics")

    def _bare(self, name: str) -> str:
        # What every service has stands once, for the prefix that it has there.
        method, _, path = name.partition(" ")
        rest = path.removeprefix(self._prefix)
        return f"{method} …{rest}" if rest in _EVERY_SERVICE else name


_EVERY_SERVICE = ("/audit", "/audit.csv", "/masuk", "/masuk/kembali", "/keluar", "/lanjutkan/{draft}")


def _filled(value: Any, record: Record, more: Mapping[str, str] | None = None) -> Any:
    if isinstance(value, str):
        return value.format_map(Facts({**record.facts, **(more or {})}))
    if isinstance(value, Mapping):
        return {name: _filled(inside, record) for name, inside in value.items()}
    return [_filled(one, record) for one in value] if isinstance(value, list) else value
