"""After the record: what the family gets to know, and its receipt on paper."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Request, Response

from services.intake.domain import Kinds
from services.intake.pages.wording import RELATIONS
from services.intake.receipt import ON_BLANK, ON_PAPER, Line, Office, pdf, qr
from services.intake.resting import must_not_rest
from services.intake.sheet import Relation
from services.intake.store import households as store
from services.intake.store.reference import document_kinds
from shared.clock import WIB
from shared.http.app import Db
from shared.http.problems import Problem
from shared.messaging.transaction import Database
from shared.people import AtDoor, Visit
from shared.web.dates import day
from shared.web.site import Site

router = APIRouter(prefix="/loket", include_in_schema=False)


def _office(request: Request) -> Office:
    office: Office = request.app.state.office
    return office


AtOffice = Annotated[Office, Depends(_office)]
_FILE: Final = {"Content-Disposition": 'inline; filename="tanda-terima.pdf"'}


@router.get("/daftar/selesai/{registration_id}")
async def recorded(registration_id: UUID, request: Request, db: Db, office: AtOffice, visit: AtDoor) -> Response:
    """What was recorded, and what happens next."""
    rows, lines = await _registered(db, registration_id, office, visit, "looked-at-registration")
    site: Site = request.app.state.site
    whose = [(row["full_name"], RELATIONS[Relation(row["relation"])]) for row in rows]
    return site.page("recorded.html", request=request, id=registration_id,
                     documents=list(zip(lines, whose, strict=True)))  # fmt: skip


@router.get("/tanda-terima/{registration_id}.pdf")
async def paper(registration_id: UUID, db: Db, office: AtOffice, visit: AtDoor) -> Response:
    """The receipt to be printed on A6."""
    _, lines = await _registered(db, registration_id, office, visit, "printed-receipt")
    return Response(await asyncio.to_thread(pdf, office, lines), media_type="application/pdf", headers=_FILE)


@router.get("/tanda-terima/{registration_id}")
async def slip(registration_id: UUID, request: Request, db: Db, office: AtOffice, visit: AtDoor) -> Response:
    """The receipt as a page, for counters with a receipt printer."""
    _, lines = await _registered(db, registration_id, office, visit, "printed-receipt")
    site: Site = request.app.state.site
    return site.page("slip.html", request=request, id=registration_id, receipt_of=office,
                     documents=[(line, qr(line.url)) for line in lines])  # fmt: skip


async def _registered(
    db: Database, registration_id: UUID, office: Office, visit: Visit, what: str
) -> tuple[Sequence[asyncpg.Record], list[Line]]:
    async with db.transaction() as tx:
        rows = await store.registered_together(tx.conn, registration_id)
        if not rows:
            raise Problem(404, "not-found", "Pendaftaran tidak ditemukan.")
        for row in rows:
            visit.must_reach(row["kelurahan_code"], row["rw"])
            must_not_rest(row, visit)
        kinds = Kinds(await document_kinds(tx.conn))
        await visit.note(tx.conn, what, registration_id)
    return rows, [_line(row, kinds, office) for row in rows]


def _line(row: asyncpg.Record, kinds: Kinds, office: Office) -> Line:
    kind = kinds.on(row["document_kind"], row["recorded_at"].astimezone(WIB).date())
    return Line(
        kind=kind.name_id if kind else row["document_kind"],
        office_number=row["office_number"],
        tracking_code=row["tracking_code"],
        day=day(row["recorded_at"]),
        next=ON_BLANK if kind and kind.blank_kind else ON_PAPER,
        url=office.tracking_url(row["tracking_code"]),
    )
