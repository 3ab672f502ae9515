"""Registration at the counter: the sheet of a family, a look at it, and the record."""

import re
from dataclasses import replace
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.intake import standing
from services.intake.api.desk import AtCounter, Counter
from services.intake.household import Finding
from services.intake.pages.sheet_form import ACCEPTED, sheet_of
from services.intake.pages.sheet_page import SheetPage
from services.intake.registering import Checked, SheetRefusedError, check, register
from services.intake.sheet import LARGEST, Member, Sheet
from services.intake.store import households as store
from services.intake.store.households import Known
from shared.http.app import Db
from shared.messaging.transaction import Transaction
from shared.people import AtDoor, Visit
from shared.people.acting import once_form
from shared.sentence import Sentence

router = APIRouter(prefix="/loket/daftar", include_in_schema=False)

_ADDRESS: Final = ("address", "kelurahan", "rw", "rt")


@router.get("")
async def empty(request: Request, db: Db, visit: AtDoor) -> Response:
    """A sheet for the next family."""
    async with db.reading() as conn:
        page = await SheetPage.of(request, visit, conn)
    return page.form(Sheet(), focus="kk")


@router.post("")
async def change(request: Request, db: Db, visit: AtDoor) -> Response:
    """The sheet with a person more or less, or back from the review; nothing is checked."""
    form = await request.form()
    sheet, focus = sheet_of(form), str(form.get("ubah", ""))
    if "tambah" in form and len(sheet.members) < LARGEST:
        sheet = replace(sheet, members=(*sheet.members, Member()))
        focus = f"nama{len(sheet.members)}"
    if out := re.fullmatch("[1-9][0-9]?", str(form.get("hapus", ""))):
        sheet = _without(sheet, int(out[0]))
        focus = f"nama{min(int(out[0]), len(sheet.members))}"
    async with db.reading() as conn:
        page = await SheetPage.of(request, visit, conn)
    return page.form(sheet, focus=focus)


@router.post("/kenali")
async def recognise(request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """Fill in where this family was found last."""
    sheet = sheet_of(await request.form())
    async with db.transaction() as tx:
        page = await SheetPage.of(request, visit, tx.conn)
        known = await _known(tx, counter, sheet, visit)
    if known is None:
        note = page.wording.tell(Sentence("KK ini belum dikenal di wilayah tugas Anda. Isi alamat dari kartunya."))
        return page.form(sheet, focus="hp", note=note)
    return page.form(_filled(sheet, known), focus="hp", note=_asks(page, known))


@router.post("/periksa")
async def look(request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """Check the sheet; without faults it is shown once more before it is recorded."""
    sheet = sheet_of(await request.form())
    async with db.transaction() as tx:
        page = await SheetPage.of(request, visit, tx.conn)
        if not any(getattr(sheet, field).strip() for field in _ADDRESS):
            known = await _known(tx, counter, sheet, visit)
            if known is not None:
                return page.form(_filled(sheet, known), focus="alamat", note=_asks(page, known))
        checked = await check(tx.conn, counter.vault, sheet, visit)
        await visit.note(tx.conn, "checked-family", faults=len(checked.faults))
    if checked.faults:
        return page.form(sheet, checked.faults, status=422)
    return page.review(_tidy(sheet), checked.doubts)


@router.post("/catat")
async def record(request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """Record all that the family asks for, once."""
    form = await request.form()
    sheet = sheet_of(form)
    accepted = frozenset(str(name) for name in form.getlist(ACCEPTED))

    async def work(tx: Transaction) -> str:
        id_: UUID = await register(tx, counter.vault, sheet, accepted, visit)
        return f"/loket/daftar/selesai/{id_}"

    try:
        return await once_form(db, request, visit, work)
    except SheetRefusedError as refused:
        checked: Checked = refused.checked
    async with db.reading() as conn:
        page = await SheetPage.of(request, visit, conn)
    if checked.faults:
        return page.form(sheet, checked.faults, status=_status(checked.faults))
    return page.review(sheet, checked.doubts, accepted, status=422)


def _status(faults: list[Finding]) -> int:
    """409 when somebody else was quicker, else 422."""
    return 409 if all(fault.code == "ALREADY_OPEN" for fault in faults) else 422


async def _known(tx: Transaction, counter: Counter, sheet: Sheet, visit: Visit) -> Known | None:
    within = visit.within
    household = standing.household_of(sheet, counter.vault)
    known = await store.known(tx.conn, household, within) if household else None
    await visit.note(tx.conn, "looked-for-family", known.application_id if known else None)
    return known


def _filled(sheet: Sheet, known: Known) -> Sheet:
    """The sheet with what is known where nothing was written."""
    return replace(
        sheet,
        phone=sheet.phone or known.phone or "",
        address=sheet.address or known.address,
        kelurahan=sheet.kelurahan or known.kelurahan_code,
        rw=sheet.rw or known.rw,
        rt=sheet.rt or known.rt,
        landmark=sheet.landmark or known.landmark or "",
    )


def _asks(page: SheetPage, known: Known) -> str:
    return page.wording.tell(Sentence("KK ini dikenal. Alamat diisi dari permohonan %(date)s. Tanyakan: masih sama?"),
                            date=page.wording.day(known.recorded_at))  # fmt: skip


def _without(sheet: Sheet, n: int) -> Sheet:
    """The sheet without its person `n`, from 1; one block always stays."""
    left = tuple(member for index, member in enumerate(sheet.members, 1) if index != n)
    return replace(sheet, members=left or (Member(),))


def _tidy(sheet: Sheet) -> Sheet:
    """Without blocks in which nobody wrote anything."""
    return replace(sheet, members=tuple(member for member in sheet.members if not member.blank) or sheet.members)
