"""Correction of a case: the form, before and after side by side, and the correction itself."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from services.intake import recording
from services.intake.api.desk import AtCounter, Counter
from services.intake.domain import FIXED_ONCE_CLEARED
from services.intake.pages import case_words
from services.intake.pages.case import PREFIX, AtCase, CasePage, address_of, case_of, must_be_possible
from services.intake.pages.case_steps import changed, seen_in
from services.intake.seen import CHANGED, must_be_seen
from services.intake.steps import Act
from shared.events.regions import kelurahan_by_code
from shared.http.app import Db
from shared.http.problems import Problem
from shared.messaging.transaction import Transaction
from shared.people import AtDoor
from shared.people.acting import once_form
from shared.sentence import Sentence

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_NUMBERS: Final = frozenset({"nik", "kk"})
"""Never shown; left empty they stay as they are."""

_DAYS: Final = ("birth_date", "suket_expires_on")


@router.get("/{number}/koreksi")
async def ask(number: str, db: Db, counter: AtCounter, visit: AtDoor, page: AtCase) -> Response:
    """The form, filled in with what the case says; NIK and family card only if they are wrong."""
    async with db.transaction() as tx:
        row = await case_of(tx.conn, number, visit)
        must_be_possible(Act.CORRECT, row)
        await visit.note(tx.conn, "looked", row["id"], step="koreksi")
    return _form(page, row, _as_written(row, counter), {}, row["revision"])


@router.post("/{number}/koreksi/periksa")
async def review(number: str, request: Request, db: Db, counter: AtCounter, visit: AtDoor, page: AtCase) -> Response:
    """Before and after, to be looked at once more; nothing has changed yet."""
    form = await request.form()
    async with db.transaction() as tx:
        row = await case_of(tx.conn, number, visit)
        must_be_possible(Act.CORRECT, row)
        await visit.note(tx.conn, "looked", row["id"], step="koreksi")
        if "ubah" in form:
            return _form(page, row, _written(form), {}, seen_in(form))
        try:
            must_be_seen(row, seen_in(form))
            after, values = await recording.corrected(tx.conn, counter.vault, row, changes_in(form, row))
        except Problem as refusal:
            return await _refused(page, tx.conn, counter, row, form, refusal)
    visit.must_reach(after.kelurahan_code, after.rw)
    why = str(form.get("alasan", "")).strip()
    faults = {} if why else {"alasan": page.say(Sentence("Isi alasan koreksi."))}
    if not values:
        faults = {"full_name": page.say(Sentence("Belum ada yang diubah."))}
    if faults:
        return _form(page, row, _written(form), faults, seen_in(form), 422)
    return page.page(
        "case_review.html", row, values=values, why=why, fields=case_words.FIELDS, shown=case_words.shown,
        written=_written(form), seen=seen_in(form), step=case_words.STEPS[Act.CORRECT],
    )  # fmt: skip


@router.post("/{number}/koreksi")
async def correct(number: str, request: Request, db: Db, counter: AtCounter, visit: AtDoor, page: AtCase) -> Response:
    """Put it right, unless somebody has changed the case since the officer saw it."""
    form = await request.form()
    async with db.reading() as conn:
        row = await case_of(conn, number, visit)

    async def work(tx: Transaction) -> str:
        changes, why = changes_in(form, row), str(form.get("alasan", ""))
        await recording.correct(tx, counter.vault, row["id"], changes, why, visit, seen=seen_in(form))
        return address_of(row["office_number"])

    try:
        return await once_form(db, request, visit, work)
    except Problem as refusal:
        async with db.reading() as conn:
            return await _refused(page, conn, counter, row, form, refusal)


async def _refused(
    page: CasePage, conn: Any, counter: Counter, row: asyncpg.Record, form: FormData, refusal: Problem
) -> Response:
    if refusal.code == CHANGED:
        yours = {field: text for field, text in _written(form).items() if field in case_words.FIELDS and text}
        return await changed(page, conn, counter, row["id"], seen_in(form), refusal, yours=yours)
    if not refusal.errors:
        raise refusal
    faults = {_PLACES.get(error["field"], error["field"]): page.say(error["message"]) for error in refusal.errors}
    return _form(page, row, _written(form), faults, seen_in(form), 422)


_PLACES: Final = {"reason": "alasan"}


def changes_in(form: FormData, row: asyncpg.Record) -> dict[str, str]:
    """What the form says, field by field; numbers left empty and what is fixed by now are not in it."""
    fixed = FIXED_ONCE_CLEARED if row["cleared_at"] else frozenset()
    return {
        field: text
        for field, text in _written(form).items()
        if field in case_words.FIELDS and field not in fixed and (text or field not in _NUMBERS)
    }


def _written(form: FormData) -> dict[str, str]:
    names = (*case_words.FIELDS, "alasan")
    return {name: str(form[name]).strip() for name in names if isinstance(form.get(name), str)}


def _as_written(row: asyncpg.Record, counter: Counter) -> dict[str, str]:
    details = recording.details_of(row, counter.vault)
    written = recording.written({field: details[field] for field in case_words.FIELDS if field not in _NUMBERS})
    days = {field: f"{details[field]:%d-%m-%Y}" for field in _DAYS if details[field] is not None}
    return written | days | {"disaster_victim": "ya" if details["disaster_victim"] else "tidak"}


def _form(
    page: CasePage, row: asyncpg.Record, written: Mapping[str, str], faults: Mapping[str, str], seen: int,
    status: int = 200,
) -> Response:  # fmt: skip
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, kelurahan in kelurahan_by_code().items():
        groups.setdefault(kelurahan.kecamatan, []).append((code, kelurahan.name))
    in_order = {field: faults[field] for field in (*case_words.FIELDS, *faults) if field in faults}
    named = {field: _named(page, field, sentence) for field, sentence in in_order.items()}
    return page.page(
        "case_correct.html", row, status, written=written, faults=faults, named=named, seen=seen, kelurahan=groups,
        fixed=FIXED_ONCE_CLEARED if row["cleared_at"] else (),
    )  # fmt: skip


def _named(page: CasePage, field: str, sentence: str) -> str:
    # On top of the page a sentence stands without its field, so it names it, unless it does so itself.
    if field not in case_words.FIELDS:
        return sentence
    name = page.say(case_words.FIELDS[field])
    return sentence if sentence.startswith(name) else f"{name}: {sentence}"
