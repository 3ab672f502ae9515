"""What the statistics service tells over HTTP."""

from typing import Any

from fastapi import APIRouter

from examples.statistics import store
from shared.events.regions import find_kelurahan, kelurahan_by_code
from shared.http.app import Db
from shared.http.description import refuses
from shared.http.problems import Problem
from shared.people import AtDoor

router = APIRouter(tags=["statistics"])


@router.get("/statistics", responses=refuses(404))
async def statistics(db: Db, visit: AtDoor, kelurahan: str | None = None) -> dict[str, dict[str, Any]]:
    """By code of the kelurahan, one or all of the area: its name, how many were recorded, printed and so on."""
    place = find_kelurahan(kelurahan) if kelurahan is not None else None
    if kelurahan is not None and place is None:
        raise Problem(404, "unknown-kelurahan", "Kelurahan tidak dikenal. Periksa nama atau kodenya.")
    async with db.reading() as conn:
        counts = await store.counts(conn, visit.within, place.code if place else None)
    told: dict[str, dict[str, Any]] = {}
    for code, what, count in counts:
        known = kelurahan_by_code().get(code)
        told.setdefault(code, {"kelurahan": known.name if known else None})[what] = count
    return told
