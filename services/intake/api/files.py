"""HTTP for files: applications, the ministry's words, neighbourhoods; and reports about them."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from services.intake import neighbourhoods
from services.intake.api import answers
from services.intake.api.desk import AtCounter
from services.intake.background import Upload, put_in_line
from services.intake.clearing import Clearing
from services.intake.filework import Desk
from services.intake.importing import OPTIONAL, REQUIRED, Importing
from services.intake.recording import load_reference
from services.intake.store import imports as store
from services.intake.store.imports import APPLICATIONS, CLEARANCES
from services.intake.upload import received
from shared.http.app import STREAMED, Db
from shared.http.description import Answers, gives, refuses, takes
from shared.http.problems import Problem
from shared.messaging.transaction import Database
from shared.people import AtDoor, Visit
from shared.spreadsheet import written

router = APIRouter(tags=["files"])

_PAGE = 2000

Name = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
"""What the sender calls the file."""

Prefer = Annotated[str, Header()]

_EXAMPLE = (
    "jenis_dokumen,alasan,nik,nomor_kk,nama,alamat,kelurahan,rw,rt\n"
    "KTP-el,baru,3275990101900001,3275990101170001,Contoh Bintang,Jl. Rembulan 17,Bekasijaya,011,003\n"
)
_NOT_TAKEN = (400, 415, 507)
_IN_LINE: Answers = {
    202: {
        "model": answers.InLine,
        "description": "It is in line; Location says where the run is followed.",
        "headers": {"Location": {"schema": {"type": "string"}}, "Preference-Applied": {"schema": {"type": "string"}}},
    }
}


@router.post(
    "/imports",
    max_body_size=STREAMED,
    response_model=answers.Import,
    responses=_IN_LINE | refuses(*_NOT_TAKEN, 409),
    openapi_extra=takes("text/csv", _EXAMPLE),
)
async def take_applications(
    request: Request, db: Db, counter: AtCounter, visit: AtDoor, name: Name = None, prefer: Prefer = ""
) -> dict[str, Any] | Response:
    """Take applications from a CSV file; sent again, it takes what was not taken.

    The answer comes at the end. With `Prefer: respond-async` (RFC 7240) it comes at once, 202 with the address where
    the run is followed: the file is kept sealed and worked through in the background; the same file twice is
    refused (409).
    """
    visit.must_be_everywhere(counter.city)
    async with received(request, counter.uploads) as file:
        if "respond-async" in prefer:
            async with db.transaction() as tx:
                upload = Upload(file, APPLICATIONS, name, tuple(REQUIRED), tuple(OPTIONAL))
                id_ = await put_in_line(tx, counter.vault, upload, visit.person)
                await visit.note(tx.conn, "file-of-applications", id_)
            location = {"Location": f"/imports/{id_}", "Preference-Applied": "respond-async"}
            return JSONResponse({"import_id": str(id_)}, 202, location)
        async with db.reading() as conn:
            work = Importing(counter.vault, await load_reference(conn))
        id_ = await Desk(db, counter.vault, counter.batch).work_through(file, APPLICATIONS, name, work)
    await _noted(db, visit, "file-of-applications", id_)
    return await _summary(db, id_, APPLICATIONS)


@router.post(
    "/clearances",
    max_body_size=STREAMED,
    response_model=answers.Clearances,
    responses=refuses(*_NOT_TAKEN),
    openapi_extra=takes("text/csv", "nomor,status\nKTP/2017/09/000001,PRR\n"),
)
async def take_clearances(
    request: Request, db: Db, counter: AtCounter, visit: AtDoor, name: Name = None
) -> dict[str, Any]:
    """Take the ministry's words from a CSV file."""
    visit.must_be_everywhere(counter.city)
    async with received(request, counter.uploads) as file:
        async with db.reading() as conn:
            work = Clearing(counter.vault, (await load_reference(conn)).kinds)
        id_ = await Desk(db, counter.vault, counter.batch).work_through(file, CLEARANCES, name, work)
    await _noted(db, visit, "file-of-central-words", id_)
    return await _summary(db, id_, CLEARANCES)


@router.put(
    "/rw",
    max_body_size=STREAMED,
    response_model=answers.Neighbourhoods,
    responses=refuses(*_NOT_TAKEN),
    openapi_extra=takes("text/csv", "kelurahan,rw\nBekasijaya,011\n"),
)
async def take_neighbourhoods(request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> dict[str, int]:
    """Add the city's neighbourhoods from a CSV file, all of it or nothing."""
    visit.must_be_everywhere(counter.city)
    async with received(request, counter.uploads) as file:
        added = await neighbourhoods.add_from(file, db)
    await _noted(db, visit, "file-of-neighbourhoods", None)
    return {"rw": added}


@router.get("/imports/{import_id}", response_model=answers.Import)
async def import_summary(import_id: UUID, db: Db, counter: AtCounter, visit: AtDoor) -> dict[str, Any]:
    """How far a file of applications is, and with what result."""
    visit.must_be_everywhere(counter.city)
    return await _summary(db, import_id, APPLICATIONS)


@router.get("/clearances/{import_id}", response_model=answers.Clearances)
async def clearance_summary(import_id: UUID, db: Db, counter: AtCounter, visit: AtDoor) -> dict[str, Any]:
    """How far a file of the ministry's words is, and with what result."""
    visit.must_be_everywhere(counter.city)
    return await _summary(db, import_id, CLEARANCES)


@router.get("/imports/{import_id}/refused.csv", response_class=StreamingResponse, responses=gives("text/csv"))
async def refused_applications(import_id: UUID, db: Db, counter: AtCounter, visit: AtDoor) -> StreamingResponse:
    """One line for each row that was not taken, with what to do about it."""
    visit.must_be_everywhere(counter.city)
    await _summary(db, import_id, APPLICATIONS)
    return _csv(("baris", "kolom", "kode", "keterangan"), _refused(db, import_id))


@router.get("/clearances/{import_id}/refused.csv", response_class=StreamingResponse, responses=gives("text/csv"))
async def refused_clearances(import_id: UUID, db: Db, counter: AtCounter, visit: AtDoor) -> StreamingResponse:
    """One line for each row that was not taken, with what to do about it."""
    visit.must_be_everywhere(counter.city)
    await _summary(db, import_id, CLEARANCES)
    return _csv(("baris", "kolom", "kode", "keterangan"), _refused(db, import_id))


@router.get("/imports/{import_id}/accepted.csv", response_class=StreamingResponse, responses=gives("text/csv"))
async def accepted_applications(import_id: UUID, db: Db, counter: AtCounter, visit: AtDoor) -> StreamingResponse:
    """One line for each row that is an application now: its numbers, for receipts."""
    visit.must_be_everywhere(counter.city)
    await _noted(db, visit, "looked-at-accepted", import_id)
    await _summary(db, import_id, APPLICATIONS)
    return _csv(("baris", "nomor", "kode_lacak", "application_id"), _accepted(db, import_id))


async def _noted(db: Database, visit: Visit, what: str, import_id: UUID | None) -> None:
    async with db.transaction() as tx:
        await visit.note(tx.conn, what, import_id)


async def _summary(db: Database, import_id: UUID, purpose: str) -> dict[str, Any]:
    async with db.reading() as conn:
        row = await store.summary(conn, import_id, purpose)
        by_code = await store.refused_by_code(conn, import_id)
    if row is None:
        raise Problem(404, "not-found", "Berkas tidak ditemukan.")
    counted = ("taken", "already_taken") if purpose == APPLICATIONS else ("cleared", "already_cleared", "mirrored")
    id_name = "import_id" if purpose == APPLICATIONS else "clearance_id"
    return {
        id_name: import_id,
        **{word: row[word] for word in ("name", "state", "started_at", "finished_at", "rows", *counted, "refused")},
        "refused_by_code": by_code,
        **({"warnings": row["warnings"]} if purpose == APPLICATIONS else {}),
    }


async def _refused(db: Database, import_id: UUID) -> AsyncIterator[Iterable[Sequence[Any]]]:
    after = 0
    while True:
        async with db.reading() as conn:
            rows = await store.refusals(conn, import_id, after, _PAGE)
        if not rows:
            return
        after = rows[-1]["row_number"]
        yield [(r["row_number"], r["field"], r["code"], r["sentence"]) for r in rows]


async def _accepted(db: Database, import_id: UUID) -> AsyncIterator[Iterable[Sequence[Any]]]:
    after = 0
    while True:
        async with db.reading() as conn:
            rows = await store.accepted(conn, import_id, after, _PAGE)
        if not rows:
            return
        after = rows[-1]["row_number"]
        yield [(r["row_number"], r["office_number"], r["tracking_code"], r["id"]) for r in rows]


def _csv(header: Sequence[str], pages: AsyncIterator[Iterable[Sequence[Any]]]) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        yield written([header])
        async for page in pages:
            yield written(page)

    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8")
