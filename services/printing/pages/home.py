"""Where the storekeeper, the operator and the supervisor begin: whether the blanks add up, and who waits for them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from services.printing import balance
from services.printing.domain import HOME_SITE
from services.printing.store import overview, stock
from shared.events.printing import PriorityClass
from shared.http.app import Db
from shared.sentence import Sentence
from shared.web.site import Site

router = APIRouter(prefix="/cetak", include_in_schema=False)

CLASSES: Final = {
    PriorityClass.FIRST_HOLDER: Sentence("Pemegang pertama"),
    PriorityClass.DISASTER: Sentence("Korban bencana"),
    PriorityClass.SUKET_EXPIRING: Sentence("Suket hampir habis"),
    PriorityClass.WAITING: Sentence("Menunggu sejak siap cetak"),
    PriorityClass.REPLACEMENT: Sentence("Penggantian"),
}
SITES: Final = {HOME_SITE: Sentence("Kantor Dinas")}
KINDS: Final = {"KTP_EL": "KTP-el", "SECURITY_PAPER": Sentence("Kertas berpengaman")}


@router.get("")
async def home(request: Request, db: Db) -> Response:
    """Stocks with their balance, and the queue by class. Nothing personal is known here."""
    async with db.reading() as conn:
        stocks = await stock.balances(conn)
        waiting = await overview.waiting(conn)
        unprinted = await overview.unprinted(conn)
    now = datetime.now(UTC)
    site: Site = request.app.state.site
    return site.page(
        "home.html",
        request=request,
        stocks=[_stock(dict(row)) for row in stocks],
        queues=[_waiting(dict(row), now) for row in waiting],
        waiting=sum(row["orders"] for row in waiting),
        unprinted=unprinted["orders"],
        now=now,
    )


def _stock(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "kind": KINDS.get(row["blank_kind"], row["blank_kind"]),
        "site": SITES.get(row["site"], row["site"]),
        "free": row["in_stock"] - row["reserved"],
        "entered": balance.entered(row),
        "off_by": balance.entered(row) - balance.placed(row),
        "recount_differs": balance.recount_differs(row),
    }


def _waiting(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        **row,
        "kind": KINDS.get(row["blank_kind"], row["blank_kind"]),
        "name": CLASSES.get(row["priority_class"], row["priority_class"]),
        "days": (now - row["oldest"]).days,
    }
