"""The roster of couriers: who serves which RW, what he carries, and which RW has nobody."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from services.dispatch import assignment
from services.dispatch.api.answers import Item, Load, RosterTaken, Uncovered
from services.dispatch.reporter import Reporter
from services.dispatch.roster import MAX_BYTES, read_roster
from services.dispatch.store import couriers
from shared.http.app import STREAMED, Db
from shared.http.description import takes
from shared.http.problems import Problem
from shared.people import AtDoor, Role

router = APIRouter()

_EXAMPLE = "kelurahan,rw,badge,nama,hp\nKayuringin Jaya,011,TKK-0411,Budi Uji,0811 1111 2222\n"


@router.put("/couriers", max_body_size=STREAMED, response_model=RosterTaken, openapi_extra=takes("text/csv", _EXAMPLE))
async def take_roster(request: Request, db: Db, visit: AtDoor) -> dict[str, int]:
    """Take `kelurahan,rw,badge,nama,hp`, all rows or none: {"couriers": lines taken, "assigned": documents}."""
    beats = read_roster(await _body(request))
    for beat in beats:
        visit.must_reach(beat.kelurahan_code, beat.rw)
    async with db.transaction() as tx:
        assigned = await assignment.new_roster(tx, beats)
        await visit.note(tx.conn, "roster-taken", lines=len(beats), assigned=assigned)
    return {"couriers": len(beats), "assigned": assigned}


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BYTES:
            raise Problem(413, "too-large", "Berkas petugas terlalu besar, paling banyak 1 MB.")
    return bytes(content)


@router.get("/couriers", response_model=list[Load])
async def list_couriers(
    db: Db, visit: AtDoor, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[dict[str, Any]]:
    """`limit` couriers after the badge `after`, a line for each RW: what he is to bring and what he carries."""
    async with db.reading() as conn:
        return [dict(row) for row in await couriers.couriers_page(conn, visit.within, after, limit)]


@router.get("/couriers/{badge}/items", response_model=list[Item])
async def list_items(badge: str, db: Db, visit: AtDoor) -> list[dict[str, Any]]:
    """What this courier has in hand and still has to do: a courier his own, a coordinator those of the kelurahan."""
    if not visit.is_a(Role.COORDINATOR):
        Reporter.of(visit).must_be(badge)
    async with db.transaction() as tx:
        if not await couriers.courier_exists(tx.conn, badge):
            raise unknown_courier()
        rows = await couriers.items(tx.conn, visit.within, badge)
        await visit.note(tx.conn, "looked-at-items", badge, items=len(rows))
    return [dict(row) for row in rows]


@router.get("/uncovered", response_model=list[Uncovered])
async def list_uncovered(db: Db, visit: AtDoor) -> list[dict[str, Any]]:
    """RWs without a courier and how many documents wait there, the most first."""
    async with db.reading() as conn:
        return [dict(row) for row in await couriers.uncovered(conn, visit.within)]


def unknown_courier() -> Problem:
    """Nobody on the roster has this badge."""
    return Problem(404, "unknown-courier", "Nomor kartu petugas tidak dikenal.")
