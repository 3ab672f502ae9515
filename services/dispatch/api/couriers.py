"""The roster of couriers: who serves which RW, what he carries, and which RW has nobody."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from services.dispatch import assignment
from services.dispatch.roster import MAX_BYTES, read_roster
from services.dispatch.store import couriers
from shared.http.app import STREAMED, Db
from shared.http.problems import Problem

router = APIRouter()


@router.put("/couriers", max_body_size=STREAMED)
async def take_roster(request: Request, db: Db) -> dict[str, int]:
    """Take `kelurahan,rw,badge,nama,hp`, all rows or none: {"couriers": lines taken, "assigned": documents}."""
    beats = read_roster(await _body(request))
    async with db.transaction() as tx:
        assigned = await assignment.new_roster(tx, beats)
    return {"couriers": len(beats), "assigned": assigned}


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BYTES:
            raise Problem(413, "too-large", "Berkas petugas terlalu besar, paling banyak 1 MB.")
    return bytes(content)


@router.get("/couriers")
async def list_couriers(
    db: Db, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[dict[str, Any]]:
    """`limit` couriers after the badge `after`, a line for each RW: what he is to bring and what he carries."""
    async with db.reading() as conn:
        return [dict(row) for row in await couriers.couriers_page(conn, after, limit)]


@router.get("/couriers/{badge}/items")
async def list_items(badge: str, db: Db) -> list[dict[str, Any]]:
    """What this courier has in hand and still has to do. The only answer of this service with personal data."""
    async with db.reading() as conn:
        if not await couriers.courier_exists(conn, badge):
            raise unknown_courier()
        return [dict(row) for row in await couriers.items(conn, badge)]


@router.get("/uncovered")
async def list_uncovered(db: Db) -> list[dict[str, Any]]:
    """RWs without a courier and how many documents wait there, the most first."""
    async with db.reading() as conn:
        return [dict(row) for row in await couriers.uncovered(conn)]


def unknown_courier() -> Problem:
    """Nobody on the roster has this badge."""
    return Problem(404, "unknown-courier", "Nomor kartu petugas tidak dikenal.")
