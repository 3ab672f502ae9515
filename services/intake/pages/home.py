"""Where an officer begins: the next family, a search, what waits."""

from datetime import datetime, time

from fastapi import APIRouter, Request, Response

from services.intake.api.desk import AtCounter
from services.intake.store import counter as store
from shared.clock import WIB
from shared.http.app import Db
from shared.people import AtDoor, Role
from shared.web.site import Site

router = APIRouter(prefix="/loket", include_in_schema=False)


@router.get("")
async def home(request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """The counter's first page."""
    midnight = datetime.combine(datetime.now(WIB).date(), time.min, WIB)
    within = visit.within
    everywhere = any(counter.city.startswith(area.code) for area in visit.person.areas)
    async with db.reading() as conn:
        today = await store.registered_since(conn, midnight, visit.person.subject, within)
        waiting = await store.waiting_for_completion(conn, within)
        # A file is about the whole city, so it is shown to those who work for all of it.
        files = await store.files_on_their_way(conn) if everywhere else []
    site: Site = request.app.state.site
    return site.page(
        "home.html",
        request=request,
        today=today,
        waiting=waiting,
        files=files,
        registers=visit.is_a(Role.COUNTER),
    )
