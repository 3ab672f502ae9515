"""Hand-over of documents to couriers, one courier's or the whole morning round."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.dispatch import handover
from services.dispatch.api.answers import HandedOver, RoundDone
from services.dispatch.api.couriers import unknown_courier
from services.dispatch.store import couriers, deliveries, manifests
from shared.http.app import Db
from shared.http.description import refuses
from shared.http.idempotency import IdempotencyKey, once
from shared.http.problems import Problem
from shared.messaging.transaction import Transaction
from shared.people import AtDoor

router = APIRouter()

_ROUNDS = UUID("0d6f7a52-7f0c-4c7b-9c39-6a1f4f3c2b10")


class HandOver(BaseModel):
    """To whom, and which; `application_ids` None means all that wait for him."""

    model_config = ConfigDict(extra="forbid")
    courier_badge: str
    application_ids: Annotated[list[UUID], Field(min_length=1, max_length=5_000)] | None = None


@router.post("/handovers", status_code=201, response_model=HandedOver, responses=refuses(404, 409))
async def hand_over(body: HandOver, request: Request, db: Db, visit: AtDoor, key: IdempotencyKey) -> Response:
    """Give him what waits: {"manifest_id", "handed_over"}; 409, and nothing moves, if a named one does not."""

    async def work(tx: Transaction) -> tuple[int, dict[str, Any]]:
        if not await couriers.courier_exists(tx.conn, body.courier_badge):
            raise unknown_courier()
        for place in await deliveries.places(tx.conn, body.application_ids or ()):
            visit.must_reach(place["kelurahan_code"], place["rw"])
        made = await handover.hand_over(tx, visit, [body.courier_badge], body.application_ids)
        given = made[0].application_ids if made else []
        missing = set(body.application_ids or ()) - set(given)
        if missing:
            raise _not_waiting(missing)
        if not made:
            await visit.note(tx.conn, "nothing-to-hand-over", body.courier_badge)
        return 201, {"manifest_id": made[0].manifest_id if made else None, "handed_over": given}

    return await once(db, request, key, work)


@router.post("/handovers/all", status_code=201, response_model=RoundDone)
async def morning_round(request: Request, db: Db, visit: AtDoor, key: IdempotencyKey) -> Response:
    """Give every courier of the area what waits for him: {"manifests", "handed_over"} as numbers.

    Works in several transactions. Cut off in the middle and sent again, it goes on and answers for the whole.
    """
    round_id = round_of(key)
    await handover.go_round(db, visit, round_id)

    async def work(tx: Transaction) -> tuple[int, dict[str, Any]]:
        done = dict(await manifests.finish_round(tx.conn, round_id, datetime.now(UTC)))
        await visit.note(tx.conn, "morning-round", round_id, **done)
        return 201, done

    return await once(db, request, key, work)


def round_of(key: str) -> UUID:
    """The round that the request with this Idempotency-Key asks for."""
    return uuid5(_ROUNDS, key)


def _not_waiting(missing: set[UUID]) -> Problem:
    errors = [
        {
            "field": str(one),
            "code": "not-waiting",
            "message": "Dokumen ini tidak menunggu diserahkan kepada petugas ini.",
        }
        for one in sorted(missing)
    ]
    return Problem(
        409,
        "not-waiting",
        f"{len(missing)} dokumen tidak menunggu petugas ini. Belum ada yang diserahkan.",
        errors=errors,
    )
