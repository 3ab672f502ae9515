"""What a courier has in hand today, house by house, with the least that finds the door."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

import asyncpg
from fastapi import APIRouter, Request, Response

from services.dispatch.domain import MAX_ATTEMPTS, State
from services.dispatch.reporter import NO_BADGE
from services.dispatch.store import couriers
from services.dispatch.wording import area_name
from shared.http.app import Db
from shared.http.problems import Problem
from shared.people import AtDoor
from shared.sentence import Sentence
from shared.web.site import Site

router = APIRouter(prefix="/antar", include_in_schema=False)

KINDS: Final = {
    "KTP_EL": "KTP-el",
    "KK": Sentence("Kartu Keluarga"),
    "AKTA_KELAHIRAN": Sentence("Akta Kelahiran"),
}


@router.get("/saya")
async def own_items(request: Request, db: Db, visit: AtDoor) -> Response:
    """The courier's own open items; nobody else's, whatever the address says."""
    badge, within = visit.person.badge, visit.within
    if badge is None:
        raise Problem(403, "no-badge", NO_BADGE)
    async with db.transaction() as tx:
        rows = await couriers.items(tx.conn, within, badge)
        await visit.note(tx.conn, "looked-at-items", badge, items=len(rows))
    site: Site = request.app.state.site
    return site.page(
        "own_items.html",
        request=request,
        badge=badge,
        areas=[area_name(area.code) for area in sorted(visit.person.areas)],
        houses=_houses(rows),
        documents=len(rows),
        now=datetime.now(UTC),
    )


def _houses(rows: Sequence[asyncpg.Record]) -> list[dict[str, Any]]:
    # In the order of the way: the rows come by RW, RT and address.
    return [
        _house(list(items)) for _, items in groupby(rows, key=lambda row: row["household_id"] or row["application_id"])
    ]


def _house(items: Sequence[asyncpg.Record]) -> dict[str, Any]:
    door = items[0]
    visits = max(item["attempts"] for item in items) + 1
    return {
        **{name: door[name] for name in ("rw", "rt", "address", "landmark", "phone", "short_name")},
        "visit": min(visits, MAX_ATTEMPTS),
        "of": MAX_ATTEMPTS,
        "documents": [_document(item) for item in items],
    }


def _document(item: asyncpg.Record) -> dict[str, Any]:
    return {
        "kind": KINDS.get(item["document_kind"], item["document_kind"]),
        "number": item["office_number"],
        "of": item["short_name"],
        "old_card_needed": item["old_card_needed"],
        "recalled": item["state"] == State.RECALLED,
        "elsewhere": item["state"] == State.WAITING_FOR_ROUTE,
    }
