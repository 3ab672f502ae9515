"""The board of an area: what needs somebody today, what waits, who holds what and for how long."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from services.dispatch.domain import State
from services.dispatch.store import board as store
from services.dispatch.wording import area_name, kelurahan_name
from shared.clock import WIB
from shared.http.app import Db
from shared.people import AtDoor
from shared.web.site import Site

router = APIRouter(prefix="/antar", include_in_schema=False)

SHOWN: Final = 50
"""Rows of a list: a kelurahan has fewer RWs, a supervisor of the city sees the oldest."""
TOO_LONG: Final = timedelta(days=3)
"""A courier who holds a document for longer is asked why."""


@router.get("")
async def board(request: Request, db: Db, visit: AtDoor) -> Response:
    """The coordinator's and the supervisor's first page."""
    within = visit.within
    async with db.reading() as conn:
        states = await store.count_by_state(conn, within)
        rws = await store.by_rw(conn, within, SHOWN)
        pickups = await store.pickups(conn, within, SHOWN)
    now = datetime.now(UTC)
    site: Site = request.app.state.site
    return site.page(
        "board.html",
        request=request,
        areas=[area_name(area.code) for area in sorted(visit.person.areas)],
        counts={state.name: states.get(state, 0) for state in State},
        rws=[_rw(dict(row), now) for row in rws],
        total=rws[0]["total"] if rws else 0,
        pickups=[_pickup(dict(row), now) for row in pickups],
        too_long=TOO_LONG.days,
        now=now,
    )


def _rw(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    carried_since = row["carried_since"]
    return {
        **row,
        "place": kelurahan_name(row["kelurahan_code"]),
        # Who was replaced keeps what he carries.
        "others": [badge for badge in row["holders"] or () if badge != row["badge"]],
        "alone": row["badge"] is None and row["waiting"] > 0,
        "days": (now - row["oldest"]).days,
        "too_long": carried_since is not None and now - carried_since > TOO_LONG,
    }


def _pickup(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    over = row["held_until"] < now.astimezone(WIB).date()
    return {**row, "place": kelurahan_name(row["kelurahan_code"]), "over": over}
