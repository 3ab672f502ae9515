"""The queue over HTTP: how many wait, and who would be served next and why."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.printing.api.answers import DryRun, Summary, Waiting
from services.printing.domain import HOME_SITE, POLICY, RULE, by_class, stock_id, why
from services.printing.store import orders, runs
from shared.events.base import Code
from shared.http.app import Db

router = APIRouter(tags=["queue"])

Blanks = Annotated[int, Query(ge=0, le=100_000)]


@router.get("/queue", response_model=Waiting)
async def waiting(db: Db, site: Code | None = None, blank_kind: Code | None = None) -> dict[str, Any]:
    """How many wait for a blank, by class in the order of service."""
    async with db.reading() as conn:
        counts = await orders.waiting_by_class(conn, site, blank_kind)
    return {"policy_version": POLICY.version, "waiting": sum(counts.values()), "by_class": by_class(counts)}


@router.get("/queue/dry-run", response_model=DryRun)
async def dry_run(db: Db, blanks: Blanks, site: Code = HOME_SITE, blank_kind: Code = "KTP_EL") -> dict[str, Any]:
    """Who would get the next `blanks`, in which order and why; `waiting` are those who would still wait after them."""
    async with db.reading() as conn:
        head = await orders.head_of_queue(conn, stock_id(site, blank_kind), blanks)
        waiting = await orders.waiting_by_class(conn, site, blank_kind)
    would_get = [{**row, "why": why(row["position"], row["priority_class"], row["place_since"])} for row in head]
    return {
        "policy_version": POLICY.version,
        "rule": RULE,
        "would_get": would_get,
        "by_class": by_class(Counter(row["priority_class"] for row in head)),
        "waiting": sum(waiting.values()) - len(head),
    }


@router.get("/summary", response_model=Summary)
async def summary(db: Db) -> dict[str, Any]:
    """Orders by state, documents printed and blanks spoiled."""
    async with db.reading() as conn:
        return {"by_state": await orders.by_state(conn), **await runs.results(conn)}
