"""One print order over HTTP, and the operator who prints by hand."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from asyncpg import Record
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.printing import by_hand
from services.printing.api.answers import Order
from services.printing.domain import OrderState, why
from services.printing.receiving import clean
from services.printing.store import orders
from shared.events.printing import SpoilReason
from shared.http.app import Db
from shared.http.description import refuses
from shared.http.idempotency import IdempotencyKey, once
from shared.http.problems import Problem
from shared.messaging import Connection, Database, Transaction
from shared.people import AtDoor

router = APIRouter(prefix="/orders/{application_id}", tags=["orders"])

Scanned = Annotated[str, Field(min_length=1, max_length=40, examples=["KA000042"])]


class Printed(BaseModel):
    """The card that the operator holds; none for a document on plain paper."""

    model_config = ConfigDict(extra="forbid")

    serial: Scanned | None = None


class Spoiled(BaseModel):
    """The card that was lost, and why."""

    model_config = ConfigDict(extra="forbid")

    serial: Scanned
    reason: SpoilReason


@router.get("", response_model=Order)
async def order(application_id: UUID, db: Db) -> dict[str, Any]:
    """Where the order stands and why."""
    async with db.reading() as conn:
        return await _page(conn, application_id)


@router.post("/printed", response_model=Order, responses=refuses(409))
async def printed(
    application_id: UUID, body: Printed, request: Request, db: Db, visit: AtDoor, key: IdempotencyKey
) -> Response:
    """The document is printed on the scanned blank; said twice, it is true once."""
    serial = clean(body.serial) if body.serial else None

    async def act(tx: Transaction) -> None:
        await by_hand.printed(tx, application_id, serial)
        await visit.note(tx.conn, "printed", application_id)

    return await _by_hand(db, request, key, application_id, act)


@router.post("/spoiled", response_model=Order, responses=refuses(409))
async def spoiled(
    application_id: UUID, body: Spoiled, request: Request, db: Db, visit: AtDoor, key: IdempotencyKey
) -> Response:
    """The scanned blank is lost; the order goes back to its place and gets the next blank."""
    serial, reason = clean(body.serial), body.reason

    async def act(tx: Transaction) -> None:
        await by_hand.spoiled(tx, application_id, serial, reason)
        await visit.note(tx.conn, "spoiled", application_id, reason=reason)

    return await _by_hand(db, request, key, application_id, act)


async def _by_hand(
    db: Database, request: Request, key: str, application_id: UUID, act: Callable[[Transaction], Awaitable[None]]
) -> Response:
    async def work(tx: Transaction) -> tuple[int, Any]:
        await act(tx)
        return 200, await _page(tx.conn, application_id)

    return await once(db, request, key, work)


_SHOWN = (
    "application_id",
    "state",
    "document_kind",
    "site",
    "blank_kind",
    "priority_class",
    "place_since",
    "policy_version",
    "position",
    "run_id",
    "serial",
    "queued_at",
    "allocated_at",
    "printed_at",
    "cancelled_at",
    "blanks_spoiled",
)


async def _page(conn: Connection, application_id: UUID) -> dict[str, Any]:
    found = await orders.order(conn, application_id)
    if found is None:
        raise Problem(404, "order-unknown", "Perintah cetak untuk permohonan ini tidak ada.")
    page = {column: found[column] for column in _SHOWN}
    if found["state"] == OrderState.QUEUED:
        page["position"] = await orders.place_in_queue(conn, found)
    return page | {"why": _why(found, page["position"])}


def _why(found: Record, position: int | None) -> str | None:
    if position is None:
        return None
    return why(position, found["priority_class"], found["place_since"])
