"""The whole NIK and name, for who types it into the central system: with a reason, kept, and hidden again soon."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from services.intake import recording
from services.intake.api.desk import AtCounter
from services.intake.pages import case_words
from services.intake.pages.case import PREFIX, AtCase, CasePage, case_of
from shared.http.app import Db
from shared.people import AtDoor
from shared.sentence import Sentence

router = APIRouter(prefix=PREFIX, include_in_schema=False)

SHOWN_SECONDS: Final = 120


@router.get("/{number}/siak")
async def ask(number: str, db: Db, visit: AtDoor, page: AtCase) -> Response:
    """Asks for the reason; shows nothing yet."""
    async with db.transaction() as tx:
        row = await case_of(tx.conn, number, visit)
        await visit.note(tx.conn, "looked", row["id"], step="siak")
    return _form(page, row)


@router.post("/{number}/siak")
async def look(number: str, request: Request, db: Db, counter: AtCounter, visit: AtDoor, page: AtCase) -> Response:
    """Shows it for two minutes. Not led elsewhere: no address gives it, and going back does not show it again."""
    form = await request.form()
    why, which = str(form.get("alasan", "")), str(form.get("putaran", "")).strip()
    async with db.transaction() as tx:
        row = await case_of(tx.conn, number, visit)
        if why not in case_words.SIAK_REASONS:
            return _form(page, row, {"alasan": page.say(Sentence("Pilih alasannya."))}, which=which)
        if len(which) > 20 or not all(c.isalnum() or c in "-/ " for c in which) or _may_be_personal(which):
            fault = page.say(Sentence("Tulis nomor putaran saja, paling panjang 20 tanda."))
            return _form(page, row, {"putaran": fault}, why, which)
        await visit.note(tx.conn, "looked-at-nik", row["id"], why=why, run=which)
    details = recording.details_of(row, counter.vault) if row["identity_sealed"] else {"nik": None, "kk": None}
    response = page.page("case_siak.html", row, whole=details, seconds=SHOWN_SECONDS)
    # Without a script too. A time limit that keeps others from reading it is essential (WCAG 2.2.1).
    response.headers["Refresh"] = f"{SHOWN_SECONDS};url={request.url.path}"
    return response


def _may_be_personal(text: str) -> bool:
    # The audit holds no NIK, whatever somebody types where a run's number belongs.
    return sum(c.isdigit() for c in text) > 12


def _form(page: CasePage, row: Any, faults: dict[str, str] | None = None, why: str = "", which: str = "") -> Response:
    options = [(code, page.say(sentence)) for code, sentence in case_words.SIAK_REASONS.items()]
    return page.page(
        "case_siak_ask.html", row, 422 if faults else 200, options=options, faults=faults or {}, why=why, which=which
    )
