"""The ministry's words for many at once: sent, counted, and held against our own record. Mirrored, never set."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, BinaryIO, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.datastructures import FormData, UploadFile

from services.intake import central, pasted, workbook
from services.intake.api.desk import AtCounter, Counter
from services.intake.background import Upload, put_in_line
from services.intake.clearing import OPTIONAL, REQUIRED
from services.intake.faults import SENTENCES
from services.intake.pages.case import address_of, kind_names, today
from services.intake.pages.imports import GOING_ON, LOOK_AGAIN, STANDINGS
from services.intake.pages.wording import STATES
from services.intake.store import central as store
from services.intake.store import imports, line
from services.intake.store.imports import CLEARANCES
from services.intake.upload import nameless
from shared.events.regions import kelurahan_by_code
from shared.http.app import Db
from shared.http.problems import Problem
from shared.messaging.transaction import Database, Transaction
from shared.people import AtDoor
from shared.people.acting import once_form
from shared.sentence import Sentence
from shared.spreadsheet import written
from shared.web.site import Site

router = APIRouter(prefix="/loket/status-pusat", include_in_schema=False)

LARGEST: Final = 32 << 20
PAGE: Final = 50
_CSV_PAGE: Final = 2000
Number = Annotated[str, Query(pattern=r"^$|^[A-Z][A-Z0-9]{0,9}/\d{4}/\d{2}/\d{6,9}$")]
"""A parameter of the address: the number of an application, such as KTP/2026/11/000123."""

_APART: Final = store.Apart(central.AHEAD, central.WE_WAIT, central.BEHIND, central.WE_HANDED_ON)


@router.get("")
async def ask(request: Request, db: Db, counter: AtCounter, visit: AtDoor, nomor: Number = "") -> Response:
    """Lines to paste or a file to send, and what was sent before; a line begins with `nomor`, from a case's page."""
    visit.must_be_everywhere(counter.city)
    return await _form(request, db, text=f"{nomor} " if nomor else "")


@router.post("", max_body_size=LARGEST)
async def send(request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """The words are kept and put in line; the page of the run shows what became of them."""
    visit.must_be_everywhere(counter.city)
    form = await request.form()
    try:
        async with _sent(form, counter) as (file, name):

            async def work(tx: Transaction) -> str:
                upload = Upload(file, CLEARANCES, name, REQUIRED, OPTIONAL)
                id_ = await put_in_line(tx, counter.vault, upload, visit.person)
                await visit.note(tx.conn, "file-of-central-words", id_)
                return f"/loket/status-pusat/{id_}"

            return await once_form(db, request, visit, work)
    except Problem as refusal:
        sent = form.get("berkas")
        field = "berkas" if isinstance(sent, UploadFile) and sent.filename else "baris"
        return await _form(request, db, refusal, str(form.get("baris", "")), field)


@asynccontextmanager
async def _sent(form: FormData, counter: Counter) -> AsyncIterator[tuple[BinaryIO, str | None]]:
    """What was pasted or sent, as a CSV file, and its name."""
    sent, text = form.get("berkas"), str(form.get("baris", "")).strip()
    if isinstance(sent, UploadFile) and sent.filename:
        name = "".join(c for c in sent.filename.replace("\\", "/").rpartition("/")[2] if c.isprintable())[:200]
        if not await asyncio.to_thread(workbook.is_workbook, sent.file):
            yield sent.file, name
            return
        with await nameless(counter.uploads) as file:
            await asyncio.to_thread(workbook.as_csv, sent.file, file)
            yield file, name
    elif text:
        yield io.BytesIO(pasted.as_csv(text, today())), None
    else:
        raise Problem(422, "nothing-sent", "Tempel baris, atau pilih berkas.")


@router.get("/beda")
async def differences(
    request: Request, db: Db, visit: AtDoor, setelah: Annotated[UUID | None, Query()] = None
) -> Response:
    """Where the centre's word and our record cannot both be, in the visitor's area."""
    async with db.reading() as conn:
        rows = await store.differences(conn, visit.within, _APART, setelah, PAGE + 1)
        kinds = await kind_names(conn, request)
    site: Site = request.app.state.site
    return site.page(
        "central_differences.html", request=request, kinds=kinds, tag=STATES, address_of=address_of,
        places=kelurahan_by_code(), after=setelah, following=rows[PAGE - 1]["id"] if len(rows) > PAGE else None,
        rows=[(row, central.meaning(row["central_status"]), row["central_status"] in central.AHEAD)
              for row in rows[:PAGE]],
    )  # fmt: skip


@router.get("/beda.csv")
async def differences_csv(db: Db, visit: AtDoor) -> Response:
    """The same as a table: numbers, words, places; nothing personal."""
    within = visit.within

    async def lines() -> AsyncIterator[str]:
        yield written([("nomor", "status_pusat", "tanggal_status", "keadaan", "kelurahan", "rw")])
        after = None
        while True:
            async with db.reading() as conn:
                rows = await store.differences(conn, within, _APART, after, _CSV_PAGE)
            if not rows:
                return
            after = rows[-1]["id"]
            yield written([(r["office_number"], r["central_status"], r["central_status_at"].isoformat(), r["state"],
                             r["kelurahan_code"], r["rw"]) for r in rows])  # fmt: skip

    headers = {"Content-Disposition": 'attachment; filename="beda-status-pusat.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{import_id}")
async def result(import_id: UUID, request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """What became of the words: how often each came, which nobody knows, which do not go with our record."""
    visit.must_be_everywhere(counter.city)
    async with db.reading() as conn:
        run = await imports.summary(conn, import_id, CLEARANCES)
        if run is None:
            raise Problem(404, "not-found", Sentence("Berkas tidak ditemukan."))
        words = [(row["word"], central.meaning(row["word"]), row["n"]) for row in await store.words_of(conn, import_id)]
        apart = await store.differences_of(conn, import_id, PAGE)
        by_code = await imports.refused_by_code(conn, import_id)
    site: Site = request.app.state.site
    going_on = run["state"] in GOING_ON
    return site.page(
        "central_result.html", headers=LOOK_AGAIN if going_on else None, request=request, run=run, going_on=going_on,
        standing=STANDINGS[run["state"]], words=words, apart=apart,
        unknown=sum(1 for _, known, _ in words if known is None), tag=STATES,
        address_of=address_of, refused=[(SENTENCES[code], n) for code, n in by_code.items()],
    )  # fmt: skip


async def _form(
    request: Request, db: Database, refusal: Problem | None = None, text: str = "", field: str = "baris"
) -> Response:
    async with db.reading() as conn:
        runs = await line.listed(conn, CLEARANCES, None, PAGE)
    site: Site = request.app.state.site
    return site.page(
        "central.html", refusal.status_code if refusal else 200, request=request, runs=runs, standings=STANDINGS,
        text=text, refusal=refusal, words=central.WORDS,
        faults={field: site.say(request, refusal.title)} if refusal else {},
    )  # fmt: skip
