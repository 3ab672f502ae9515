"""Deliveries: lists and counts without personal data, and what the coordinator does about one of them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from services.dispatch import coordinator, domain, refusals
from services.dispatch.access import READERS
from services.dispatch.api.answers import Delivery, DeliveryWithHistory, Line, Summary
from services.dispatch.api.reports import ReceiptIn
from services.dispatch.reporter import Reporter
from services.dispatch.roster import rw_code
from services.dispatch.store import acts, custody, overview
from shared.events.dispatch import ReturnReason
from shared.events.regions import find_kelurahan
from shared.http.app import Db
from shared.http.description import refuses
from shared.http.idempotency import IdempotencyKey, once
from shared.http.problems import Problem
from shared.messaging.transaction import Connection, Database, Transaction
from shared.people import AtDoor

router = APIRouter()


@router.get("/deliveries", response_model=list[Line])
async def list_deliveries(
    db: Db,
    visit: AtDoor,
    state: domain.State | None = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[dict[str, Any]]:
    """`limit` deliveries after the application `after`, by application id."""
    async with db.reading() as conn:
        placeless = visit.reach(None, None)
        rows = await overview.deliveries_page(conn, visit.within, placeless, state, after, limit)
    return [dict(row) for row in rows]


@router.get("/deliveries/{application_id}", response_model=DeliveryWithHistory)
async def show_delivery(application_id: UUID, db: Db, visit: AtDoor) -> dict[str, Any]:
    """One delivery with every reported act and every change of hands; to a courier, if it is his."""
    async with db.reading() as conn:
        shown = await _delivery(conn, application_id)
        visit.must_reach(shown["kelurahan_code"], shown["rw"])
        if not visit.is_a(*READERS):
            Reporter.of(visit).must_be(shown["courier_badge"], shown["holder_badge"])
        shown["acts"] = [dict(row) for row in await acts.of_document(conn, application_id)]
        shown["custody"] = [dict(row) for row in await custody.chain(conn, application_id)]
        return shown


async def _delivery(conn: Connection, application_id: UUID) -> dict[str, Any]:
    row = await overview.delivery(conn, application_id)
    if row is None:
        raise Problem(404, refusals.NOT_FOUND.code, refusals.NOT_FOUND.message)
    return dict(row)


@router.get("/summary", response_model=Summary)
async def summary(db: Db) -> dict[str, dict[str, int]]:
    """Documents by state and by holder, visits without hand-over by outcome."""
    async with db.reading() as conn:
        return {
            "by_state": dict(map(tuple, await overview.count_by_state(conn))),
            "by_outcome": dict(map(tuple, await overview.count_by_outcome(conn))),
            "by_holder": dict(map(tuple, await overview.count_by_holder(conn))),
        }


class Route(BaseModel):
    """The RW where the document belongs."""

    model_config = ConfigDict(extra="forbid")
    kelurahan: str
    rw: str


@router.post("/deliveries/{application_id}/route", response_model=Delivery, responses=refuses(409))
async def route(
    application_id: UUID, body: Route, request: Request, db: Db, visit: AtDoor, key: IdempotencyKey
) -> Response:
    """Send the document to the courier of another RW; answers with the delivery."""
    kelurahan, rw = find_kelurahan(body.kelurahan), rw_code(body.rw)
    if kelurahan is None:
        raise _wrong_place("kelurahan", "unknown-kelurahan", "Kelurahan tidak dikenal di Kota Bekasi.")
    if rw is None:
        raise _wrong_place("rw", "not-an-rw", "RW harus 1 sampai 3 angka, misalnya 011.")
    code = kelurahan.code

    async def act(tx: Transaction, now: datetime) -> None:
        await coordinator.route(tx, visit, application_id, code, rw, now)

    return await _decided(db, request, key, application_id, act)


class Return(BaseModel):
    """Why the document goes back to the office."""

    model_config = ConfigDict(extra="forbid")
    reason: ReturnReason


@router.post("/deliveries/{application_id}/return", response_model=Delivery, responses=refuses(409))
async def give_back(
    application_id: UUID, body: Return, request: Request, db: Db, visit: AtDoor, key: IdempotencyKey
) -> Response:
    """Take the document back to the office; answers with the delivery."""

    async def act(tx: Transaction, now: datetime) -> None:
        await coordinator.give_back(tx, visit, application_id, body.reason, now)

    return await _decided(db, request, key, application_id, act)


@router.post("/deliveries/{application_id}/pickup", response_model=Delivery, responses=refuses(409))
async def hand_out(
    application_id: UUID, body: ReceiptIn, request: Request, db: Db, visit: AtDoor, key: IdempotencyKey
) -> Response:
    """Give a held document to its receiver at the kelurahan; answers with the delivery."""

    async def act(tx: Transaction, now: datetime) -> None:
        await coordinator.hand_out(tx, visit, application_id, body.receipt(), now)

    return await _decided(db, request, key, application_id, act)


async def _decided(
    db: Database,
    request: Request,
    key: str,
    application_id: UUID,
    act: Callable[[Transaction, datetime], Awaitable[None]],
) -> Response:
    async def work(tx: Transaction) -> tuple[int, dict[str, Any]]:
        await act(tx, datetime.now(UTC))
        return 200, await _delivery(tx.conn, application_id)

    return await once(db, request, key, work)


def _wrong_place(field: str, code: str, message: str) -> Problem:
    return Problem(422, "invalid-request", message, errors=[{"field": field, "code": code, "message": message}])
