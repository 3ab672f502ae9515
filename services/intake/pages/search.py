"""Finds cases by what people bring along: a number, a code, a name. Nothing of it ever stands in an address."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.intake.api.desk import AtCounter, Counter
from services.intake.digits import NotRead, digits
from services.intake.nik import mask
from services.intake.pages.case import address_of, kind_names
from services.intake.pages.wording import STATES
from services.intake.store import queues as store
from services.intake.tracking import read_code
from shared.events.regions import kelurahan_by_code
from shared.http.app import Db
from shared.http.problems import Problem
from shared.messaging.transaction import Connection
from shared.people import AtDoor, Role, Visit
from shared.people.doors import Doors
from shared.sentence import Sentence
from shared.web.site import Site

router = APIRouter(prefix="/loket/cari", include_in_schema=False)

PAGE: Final = 50
LONGEST: Final = 120
_NUMBER: Final = re.compile(r"([A-Z][A-Z0-9]*)[-/ ]+(\d{4})[-/ ]+(\d{1,2})[-/ ]+(\d{1,9})")
_WORD: Final = re.compile(r"[^\W_]+")


_TOO_LITTLE: Final = Sentence("Tulis nomor, kode lacak, atau paling sedikit 3 huruf nama.")


class Kind(StrEnum):
    """By what was searched: this is kept, what was typed is not."""

    NUMBER = "number"
    CODE = "code"
    NIK_OR_KK = "nik-or-kk"
    NAME = "name"


@router.get("")
async def ask(request: Request) -> Response:
    """One field for everything."""
    return _page(request, "")


@router.post("")
async def find(request: Request, db: Db, visit: AtDoor) -> Response:
    """What was typed is kept for a while, and the answer's address has none of it: there is a way back to it."""
    text = " ".join(str((await request.form()).get("cari", "")).split())[:LONGEST]
    doors: Doors = request.app.state.doors
    return RedirectResponse(f"/loket/cari/{await doors.drafts.hold(db, {'cari': text}, visit.person)}", 303)


@router.get("/{draft}")
async def found(
    draft: UUID, request: Request, db: Db, counter: AtCounter, visit: AtDoor,
    sebelum: Annotated[UUID | None, Query()] = None,
) -> Response:  # fmt: skip
    """What is found in the officer's area, the latest first. That somebody searched, and by what kind, is kept."""
    doors: Doors = request.app.state.doors
    kept = await doors.drafts.of(db, draft, visit.person)
    if kept is None or "cari" not in kept:
        raise Problem(404, "search-ended", "Pencarian ini sudah berakhir. Cari lagi.")
    text = kept["cari"]
    async with db.transaction() as tx:
        kind, rows = await _search(tx.conn, text, counter, visit, sebelum)
        await visit.note(tx.conn, "searched", None, by=kind, found=min(len(rows), PAGE))
        kinds = await kind_names(tx.conn, request)
    if kind is None:
        return _page(request, text, 422, faults={"cari": _TOO_LITTLE})
    following = f"/loket/cari/{draft}?sebelum={rows[PAGE - 1]['id']}" if len(rows) > PAGE else ""
    return _page(
        request, text, rows=[_shown(row, counter, visit) for row in rows[:PAGE]], kinds=kinds, following=following,
        number=_sixteen(text), searched=True,
    )  # fmt: skip


async def _search(
    conn: Connection, text: str, counter: Counter, visit: Visit, before: UUID | None
) -> tuple[Kind | None, Sequence[asyncpg.Record]]:
    within = visit.within
    if found := _NUMBER.fullmatch(text.upper()):
        prefix, year, month, running = found.groups()
        return Kind.NUMBER, await store.by_number(conn, f"{prefix}/{year}/{month:0>2}/{running:0>6}", within)
    if number := _sixteen(text):
        person, family = counter.vault.nik(number), counter.vault.household(number)
        return Kind.NIK_OR_KK, await store.by_person_or_family(conn, person, family, within, before, PAGE + 1)
    # A name may look like a code; then it is one only if there is such a code.
    if (code := read_code(text)) and (rows := await store.by_code(conn, code, within)):
        return Kind.CODE, rows
    words = _WORD.findall(text.casefold())
    if sum(c.isalpha() for c in text) < 3 or any(c.isdigit() for c in text):
        return (Kind.CODE, []) if code else (None, [])
    return Kind.NAME, await store.by_name(conn, words, within, before, PAGE + 1)


def _sixteen(text: str) -> str:
    try:
        number = digits(text, "NIK")
    except NotRead:
        return ""
    return number if len(number) == 16 else ""


def _shown(row: asyncpg.Record, counter: Counter, visit: Visit) -> dict[str, Any]:
    # Of one whose data rest, no more than that there is a case.
    hidden = row["restricted_at"] is not None and not visit.is_a(Role.PRIVACY)
    sealed = row["identity_sealed"]
    nik = counter.vault.unseal(row["id"], sealed).nik if sealed and not hidden else None
    name = "" if hidden else row["full_name"]
    return {**row, "full_name": name, "nik": mask(nik) if nik else None, "place": kelurahan_by_code().get(
        row["kelurahan_code"])}  # fmt: skip


def _page(request: Request, text: str, status: int = 200, **values: Any) -> Response:
    site: Site = request.app.state.site
    faults = {field: site.say(request, sentence) for field, sentence in values.pop("faults", {}).items()}
    usual: dict[str, Any] = {"rows": [], "kinds": {}, "following": "", "number": "", "searched": False}
    return site.page(
        "search.html", status, request=request, text=text, tag=STATES, address_of=address_of, faults=faults,
        **{**usual, **values},
    )  # fmt: skip
