"""The page of the audit: who did and looked at what in one service. The same for each of them."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

import asyncpg
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from shared.clock import WIB
from shared.http.app import Db
from shared.http.problems import Problem
from shared.messaging.transaction import Database
from shared.people import audit
from shared.people.access import Access, may
from shared.people.person import Role
from shared.people.visit import AtDoor, Visit
from shared.sentence import Sentence
from shared.spreadsheet import MARK, written
from shared.web.site import Site

PAGE: Final = 50
_STREAMED_PAGE: Final = 1000
_READERS: Final = (Role.AUDITOR, Role.PRIVACY, Role.ADMINISTRATOR)
_NUMBER_OF_A_PERSON: Final = 16
LONGEST: Final = 200
_TOO_LONG: Final = Sentence("Paling panjang 200 tanda.")
COLUMNS: Final = (
    "nomor", "waktu", "akun", "nama", "peran", "wilayah", "rute", "tindakan", "catatan", "alamat", "hasil", "rincian",
)  # fmt: skip


class Filter(NamedTuple):
    """What is looked for, as it stands in the page's address; empty: everything."""

    who: str
    record: str
    on: str

    def faults(self) -> dict[str, Sentence]:
        """What cannot be looked for, by field.

        Raises:
            Problem: 422, a person's number was given for a record: no page gives it back.
        """
        if sum(letter.isdigit() for letter in self.record) == len(self.record) == _NUMBER_OF_A_PERSON:
            raise Problem(422, "not-a-record", "Jangan masukkan NIK. Isi nomor catatan seperti tertulis di daftar.")
        found = {
            name: _TOO_LONG for name, text in (("akun", self.who), ("catatan", self.record)) if len(text) > LONGEST
        }
        try:
            date.fromisoformat(self.on or "2026-11-25")
        except ValueError:
            found["hari"] = Sentence("Tanggal tidak terbaca. Tulis TTTT-BB-HH, misalnya 2026-11-25.")
        return found

    def within(self) -> dict[str, Any]:
        """The same for `audit.found`.

        Raises:
            Problem: 422, the day is none, or a person's number was given for a record.
        """
        if faults := self.faults():
            raise Problem(422, "cannot-be-looked-for", next(iter(faults.values())))
        since = datetime.combine(date.fromisoformat(self.on), time.min, WIB) if self.on else None
        until = since + timedelta(days=1) if since else None
        return {"who": self.who or None, "record": self.record or None, "since": since, "until": until}

    def query(self, **more: object) -> str:
        """The part of an address that says this, "" when nothing is looked for."""
        said = {"akun": self.who, "catatan": self.record, "hari": self.on, **more}
        return urlencode({name: value for name, value in said.items() if value})


def _filter(akun: str = "", catatan: str = "", hari: str = "") -> Filter:
    return Filter(akun.strip(), catatan.strip(), hari.strip())


Asked = Annotated[Filter, Depends(_filter)]
Before = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


class AuditPage:
    """The routes of one service below its `site.prefix`, for those who watch over the whole `city`."""

    def __init__(self, site: Site, city: str) -> None:
        self._site = site
        self._city = city
        self._path = f"{site.prefix}/audit"

    @property
    def access(self) -> Access:
        """Who may use them. To look at the audit is noted in it."""
        rule = may(*_READERS, own=True, kept="look")
        return {f"GET {self._path}": rule, f"GET {self._path}.csv": rule}

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        router.get(self._path, response_model=None)(self.page)
        router.get(f"{self._path}.csv", response_model=None)(self.table)
        return router

    async def page(self, request: Request, visit: AtDoor, db: Db, asked: Asked, sebelum: Before = None) -> Response:
        """The newest entries, or those before the one named."""
        visit.must_be_everywhere(self._city)
        if faults := asked.faults():
            return self._shown(request, asked, faults=faults)
        wanted = asked.within()
        async with db.transaction() as tx:
            rows = await audit.found(tx.conn, **wanted, before=sebelum, limit=PAGE + 1)
            await _note(visit, tx.conn, "looked-at-audit", asked)
        further = asked.query(sebelum=rows[PAGE - 1]["id"]) if len(rows) > PAGE else None
        shown = [{**row, "details": _details(row)} for row in rows[:PAGE]]
        return self._shown(request, asked, rows=shown, further=further, continued=sebelum is not None)

    def _shown(
        self, request: Request, asked: Filter, faults: Mapping[str, Sentence] | None = None, **values: Any
    ) -> Response:
        usual: dict[str, Any] = {"rows": (), "further": None, "continued": False}
        return self._site.page(
            "audit.html",
            422 if faults else 200,
            request=request,
            asked=asked,
            here=self._path,
            faults={field: self._site.say(request, sentence) for field, sentence in (faults or {}).items()},
            **{**usual, **values},
        )

    async def table(self, visit: AtDoor, db: Db, asked: Asked) -> Response:
        """All that is looked for, as a table for a spreadsheet."""
        visit.must_be_everywhere(self._city)
        wanted = asked.within()
        async with db.transaction() as tx:
            await _note(visit, tx.conn, "took-audit", asked)
        name = f"audit-{self._site.prefix.strip('/')}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(_lines(db, wanted), media_type="text/csv; charset=utf-8", headers=headers)


async def _note(visit: Visit, conn: Any, what: str, asked: Filter) -> None:
    await visit.note(conn, what, looked_for={name: value for name, value in asked._asdict().items() if value})


def _details(row: asyncpg.Record) -> Sequence[tuple[str, str]]:
    details: dict[str, Any] = json.loads(row["details"])
    return [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in details.items()]


async def _lines(db: Database, wanted: dict[str, Any]) -> AsyncIterator[str]:
    # Page by page, each with a connection of its own: whoever reads slowly holds none. What is there stays as it is,
    # so the pages fit together.
    yield MARK + written([COLUMNS])
    before = None
    while True:
        async with db.reading() as conn:
            rows = await audit.found(conn, **wanted, before=before, limit=_STREAMED_PAGE)
        yield written([_cells(row) for row in rows])
        if len(rows) < _STREAMED_PAGE:
            return
        before = rows[-1]["id"]


def _cells(row: asyncpg.Record) -> list[str]:
    return [
        str(row["id"]), row["at"].astimezone(WIB).isoformat(timespec="seconds"), row["who"] or "", row["name"] or "",
        " ".join(row["roles"]), " ".join(row["areas"]), row["route"], row["what"], row["record"] or "",
        row["address"], row["result"], row["details"],
    ]  # fmt: skip
