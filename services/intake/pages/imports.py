"""Pages of bulk import: send a file, see how far it is in the background, have what was refused back to mend it."""

from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.datastructures import UploadFile

from services.intake.api.desk import AtCounter
from services.intake.background import Upload, put_in_line
from services.intake.faults import SENTENCES
from services.intake.giving_back import refused_rows
from services.intake.importing import OPTIONAL, REQUIRED
from services.intake.store import imports as store
from services.intake.store import line
from services.intake.store.imports import APPLICATIONS
from shared.http.app import Db
from shared.http.problems import Problem
from shared.messaging.transaction import Transaction
from shared.people import AtDoor
from shared.people.acting import once_form
from shared.sentence import Sentence
from shared.web.site import Site

router = APIRouter(prefix="/loket/impor", include_in_schema=False)

LARGEST: Final = 1 << 30
"""Bytes of a file, more than a million rows have."""

_PAGE: Final = 50
GOING_ON: Final = frozenset({"WAITING", "RUNNING"})
LOOK_AGAIN: Final = {"Refresh": "3"}
"""The header of a page that shows how far something is: it renews itself, also without a script."""


class Standing(NamedTuple):
    """How a run is shown: the family of its tag, and the word in Bahasa."""

    family: str
    word: Sentence


STANDINGS: Final = {
    "WAITING": Standing("wait", Sentence("Menunggu giliran")),
    "RUNNING": Standing("work", Sentence("Sedang diproses")),
    "FINISHED": Standing("done", Sentence("Selesai")),
    "STOPPED": Standing("hold", Sentence("Dihentikan")),
    "FAILED": Standing("act", Sentence("Terhenti karena gangguan")),
    "INTERRUPTED": Standing("act", Sentence("Terputus")),
}


@router.get("")
async def listing(
    request: Request, db: Db, counter: AtCounter, visit: AtDoor, sebelum: Annotated[UUID | None, Query()] = None
) -> Response:
    """What was imported, and the form for the next file."""
    visit.must_be_everywhere(counter.city)
    return await _form(request, db, before=sebelum)


@router.post("", max_body_size=LARGEST)
async def send(request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """A file comes: it is looked at, kept and put in line."""
    visit.must_be_everywhere(counter.city)
    sent = (await request.form()).get("berkas")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return await _form(request, db, Problem(422, "no-file", "Pilih berkas CSV dahulu, lalu kirim."))
    upload = Upload(sent.file, APPLICATIONS, _name(sent.filename), tuple(REQUIRED), tuple(OPTIONAL))

    async def work(tx: Transaction) -> str:
        id_ = await put_in_line(tx, counter.vault, upload, visit.person)
        await visit.note(tx.conn, "file-of-applications", id_)
        return f"/loket/impor/{id_}"

    try:
        return await once_form(db, request, visit, work)
    except Problem as refusal:
        return await _form(request, db, refusal)


@router.get("/{import_id}")
async def one(import_id: UUID, request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """How far a file is and what became of its rows; looks again by itself while it is worked through."""
    visit.must_be_everywhere(counter.city)
    row = await _found(db, import_id)
    async with db.reading() as conn:
        by_code = await store.refused_by_code(conn, import_id)
    site: Site = request.app.state.site
    going_on = row["state"] in GOING_ON
    return site.page(
        "impor_satu.html",
        headers=LOOK_AGAIN if going_on else None,
        request=request,
        run=row,
        standing=STANDINGS[row["state"]],
        going_on=going_on,
        total=_total(row),
        refused=sorted(((SENTENCES[code], code, n) for code, n in by_code.items()), key=lambda found: -found[2]),
        kept=bool(row["header"]) and row["forgotten_at"] is None and row["refused"] > 0,
    )


@router.post("/{import_id}/hentikan")
async def stop(import_id: UUID, request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """No further row is taken until somebody lets it go on."""
    visit.must_be_everywhere(counter.city)

    async def work(tx: Transaction) -> str:
        await line.stop(tx.conn, import_id)  # one that has ended meanwhile shows so
        await visit.note(tx.conn, "file-stopped", import_id)
        return f"/loket/impor/{import_id}"

    return await once_form(db, request, visit, work)


@router.post("/{import_id}/lanjutkan")
async def go_on(import_id: UUID, request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """It goes on behind the last row that was taken."""
    visit.must_be_everywhere(counter.city)

    async def work(tx: Transaction) -> str:
        await line.go_on(tx.conn, import_id)
        await visit.note(tx.conn, "file-resumed", import_id)
        return f"/loket/impor/{import_id}"

    return await once_form(db, request, visit, work)


@router.get("/{import_id}/ditolak.csv")
async def refused(import_id: UUID, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """The rows that were refused, as the file they came in, each with its reason."""
    visit.must_be_everywhere(counter.city)
    row = await _found(db, import_id)
    if row["forgotten_at"] is not None or not row["header"]:
        raise Problem(
            410,
            "rows-forgotten",
            "Baris yang ditolak sudah dihapus setelah 7 hari. Kirim lagi berkas aslinya yang sudah diperbaiki.",
        )
    async with db.transaction() as tx:
        await visit.note(tx.conn, "refused-rows-had", import_id, rows=row["refused"])
    text = refused_rows(db, counter.vault, import_id, row["header"], row["separator"])
    headers = {"Content-Disposition": f'attachment; filename="ditolak-{str(import_id)[-8:]}.csv"'}
    return StreamingResponse(text, media_type="text/csv; charset=utf-8", headers=headers)


async def _form(request: Request, db: Db, refusal: Problem | None = None, before: UUID | None = None) -> Response:
    async with db.reading() as conn:
        runs = await line.listed(conn, APPLICATIONS, before, _PAGE + 1)
    site: Site = request.app.state.site
    return site.page(
        "impor.html",
        refusal.status_code if refusal else 200,
        request=request,
        runs=runs[:_PAGE],
        following=runs[_PAGE - 1]["id"] if len(runs) > _PAGE else None,
        standings=STANDINGS,
        refusal=refusal,
        faults={"berkas": site.say(request, refusal.title)} if refusal else {},
        required=list(REQUIRED),
        optional=list(OPTIONAL),
    )


async def _found(db: Db, import_id: UUID) -> Any:
    async with db.reading() as conn:
        row = await store.summary(conn, import_id, APPLICATIONS)
    if row is None:
        raise Problem(404, "not-found", "Berkas tidak ditemukan.")
    return row


def _total(row: Any) -> int | None:
    """How many rows the whole file has, estimated by its bytes; None while nothing can be said."""
    if row["finished_at"] is not None:
        return int(row["rows"])
    if not row["size"] or not row["bytes_done"] or not row["rows"]:
        return None
    estimate: int = round(row["rows"] * row["size"] / row["bytes_done"])
    return max(estimate, int(row["rows"]))


def _name(filename: str) -> str:
    # What a browser sends as the name: without the folders that some put before it.
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[:200]
