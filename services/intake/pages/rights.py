"""Pages for those who look after the rights of people: find somebody, see all that is held, let it rest, erase it."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.intake import rights
from services.intake.api.desk import AtCounter
from services.intake.domain import ENDED, State
from services.intake.exporting import HELD_ELSEWHERE, everything_of
from services.intake.nik import mask
from services.intake.pages.case import kind_names
from services.intake.pages.wording import STATES
from services.intake.rights import EraseReason
from services.intake.vault import Vault
from shared.http.app import Db
from shared.http.problems import Problem
from shared.messaging.transaction import Transaction
from shared.people import AtDoor
from shared.people.acting import once_form
from shared.sentence import Sentence
from shared.web.site import Site

router = APIRouter(prefix="/loket/hak", include_in_schema=False)

ERASE_REASONS: Final = {
    EraseReason.REQUEST: Sentence("Permintaan orangnya"),
    EraseReason.UNLAWFUL: Sentence("Diproses tanpa dasar yang sah"),
    EraseReason.IN_ERROR: Sentence("Tercatat karena kekeliruan"),
}


@router.get("")
async def ask(request: Request, counter: AtCounter, visit: AtDoor) -> Response:
    """The form that asks whose data it is about."""
    visit.must_be_everywhere(counter.city)
    return _asking(request)


@router.post("")
async def find(request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """Look for a person by NIK, which stands in no address."""
    visit.must_be_everywhere(counter.city)
    typed = str((await request.form()).get("nik") or "")
    if not typed.strip():
        return _asking(request, 422, fault=Sentence("Isi NIK."))
    try:
        async with db.transaction() as tx:
            found = await rights.find(tx.conn, counter.vault, typed)
            await visit.note(tx.conn, "looked-for-person", found)
    except Problem as refusal:
        return _asking(request, 422, typed, fault=refusal.title)
    if found is None:
        return _asking(request, nobody=True)
    return RedirectResponse(f"/loket/hak/{found}", 303)


@router.get("/{application_id}")
async def person(application_id: UUID, request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """What is held of the person whom this application is for, and what may be done about it."""
    visit.must_be_everywhere(counter.city)
    async with db.transaction() as tx:
        rows = await rights.theirs(tx.conn, application_id)
        await visit.note_each(tx.conn, "looked-at-person", [row["id"] for row in rows])
        kinds = await kind_names(tx.conn, request)
    return _shown(request, counter.vault, rows, kinds, {})


@router.get("/{application_id}/ekspor.json")
async def export(application_id: UUID, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """All that is held of the person, to be handed to them."""
    visit.must_be_everywhere(counter.city)
    async with db.transaction() as tx:
        rows = await rights.theirs(tx.conn, application_id)
        held = await everything_of(tx.conn, counter.vault, rows)
        await visit.note_each(tx.conn, "exported", [row["id"] for row in rows])
    text = json.dumps(held, default=str, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": f'attachment; filename="data-{str(application_id)[-8:]}.json"'}
    return Response(text, media_type="application/json", headers=headers)


@router.post("/{application_id}/batasi")
async def restrict(application_id: UUID, request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """Let the data rest."""
    visit.must_be_everywhere(counter.city)

    async def work(tx: Transaction) -> str:
        await rights.restrict(tx, application_id, visit)
        return f"/loket/hak/{application_id}"

    return await once_form(db, request, visit, work)


@router.post("/{application_id}/cabut")
async def lift(application_id: UUID, request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """The data may be used again."""
    visit.must_be_everywhere(counter.city)

    async def work(tx: Transaction) -> str:
        await rights.lift(tx, counter.vault, application_id, visit)
        return f"/loket/hak/{application_id}"

    return await once_form(db, request, visit, work)


@router.post("/{application_id}/hapus")
async def erase(application_id: UUID, request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """Erase the person; what is still live is cancelled first, if that was agreed to."""
    visit.must_be_everywhere(counter.city)
    form = await request.form()
    reason = str(form.get("sebab") or "")

    async def work(tx: Transaction) -> str:
        await rights.erase(tx, application_id, EraseReason(reason), visit)
        return f"/loket/hak/{application_id}"

    async with db.reading() as conn:
        rows = await rights.theirs(conn, application_id)
        kinds = await kind_names(conn, request)
    faults: dict[str, str] = {}
    if reason not in set(EraseReason):
        faults["sebab"] = Sentence("Pilih sebab penghapusan.")
    if _live(rows) and not form.get("batalkan"):
        faults["batalkan"] = Sentence("Tandai bahwa permohonan yang masih berjalan dibatalkan dahulu.")
    if faults:
        return _shown(request, counter.vault, rows, kinds, faults, chosen=reason)
    return await once_form(db, request, visit, work)


def _asking(request: Request, status: int = 200, typed: str = "", *, fault: str = "", nobody: bool = False) -> Response:
    site: Site = request.app.state.site
    faults = {"nik": site.say(request, fault)} if fault else {}
    return site.page("hak.html", status, request=request, typed=typed[:40], faults=faults, nobody=nobody)


def _shown(
    request: Request, vault: Vault, rows: list[Any], kinds: Mapping[str, str], faults: dict[str, str], chosen: str = ""
) -> Response:
    latest = rows[0]
    sealed = latest["identity_sealed"]
    nik = vault.unseal(latest["id"], sealed).nik if sealed else None
    site: Site = request.app.state.site
    return site.page(
        "hak_orang.html",
        422 if faults else 200,
        request=request,
        latest=latest,
        nik=mask(nik) if nik else None,
        rows=rows,
        kinds=kinds,
        states=STATES,
        live=_live(rows),
        carried=any(row["state"] == State.HANDED_OVER for row in rows),
        resting=latest["restricted_at"],
        erased=latest["erased_at"],
        reasons=list(ERASE_REASONS.items()),
        chosen=chosen,
        elsewhere=HELD_ELSEWHERE,
        faults={field: site.say(request, sentence) for field, sentence in faults.items()},
    )


def _live(rows: list[Any]) -> int:
    return sum(State(row["state"]) not in ENDED for row in rows)
