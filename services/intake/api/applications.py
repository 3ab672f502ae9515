"""HTTP for single applications."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake import clearing, recording
from services.intake.api import answers
from services.intake.api.desk import AtCounter
from services.intake.domain import State
from services.intake.nik import mask
from services.intake.resting import must_not_rest
from services.intake.store import applications as store
from shared.events.intake import CancelReason
from shared.http.app import Db
from shared.http.description import refuses
from shared.http.idempotency import IdempotencyKey, once
from shared.http.moment import Moment
from shared.http.problems import Problem
from shared.messaging.transaction import Database, Transaction
from shared.people import AtDoor

router = APIRouter(tags=["applications"])

Text = Annotated[str, Field(max_length=500)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    def form(self) -> dict[str, str]:
        """What was sent, as a form: an explicit null is an empty field."""
        sent = self.model_dump(exclude_unset=True, mode="json")
        return {field: "" if value is None else str(value) for field, value in sent.items()}


class NewApplication(_Body):
    """Form F-1.02 in our words. Numbers are text; fields are read as people write them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "document_kind": "KTP_EL",
                    "reason": "FIRST",
                    "nik": "3275990101900001",
                    "kk": "3275990101170001",
                    "full_name": "Contoh Bintang Kejora",
                    "address": "Jl. Rembulan Purnama No. 17",
                    "kelurahan": "Bekasijaya",
                    "rw": "11",
                    "rt": "3",
                }
            ]
        }
    )

    document_kind: Text
    reason: Text
    nik: Text | None = None
    kk: Text
    full_name: Text
    birth_date: Text | None = None
    sex: Text | None = None
    phone: Text | None = None
    email: Text | None = None
    address: Text
    landmark: Text | None = None
    kelurahan: Text
    rw: Text
    rt: Text
    suket_expires_on: Text | None = None
    disaster_victim: bool = False
    recorded_at: Moment | None = None


class Correction(_Body):
    """The fields to change, null to empty one, and why."""

    reason: Text
    nik: Text | None = None
    kk: Text | None = None
    full_name: Text | None = None
    birth_date: Text | None = None
    sex: Text | None = None
    phone: Text | None = None
    email: Text | None = None
    address: Text | None = None
    landmark: Text | None = None
    kelurahan: Text | None = None
    rw: Text | None = None
    rt: Text | None = None
    suket_expires_on: Text | None = None
    disaster_victim: bool | None = None


class Cancellation(_Body):
    """Why the application ends without a document."""

    reason: CancelReason


class CentralWord(_Body):
    """The ministry's word and when it was seen."""

    status: Text
    observed_at: Moment | None = None


@router.post("/applications", status_code=201, response_model=answers.Recorded, responses=refuses(409))
async def record(
    body: NewApplication, request: Request, key: IdempotencyKey, db: Db, counter: AtCounter, visit: AtDoor
) -> Response:
    """Take an application."""

    async def work(tx: Transaction) -> tuple[int, Any]:
        return 201, await recording.record(tx, counter.vault, body.form(), visit)

    return await once(db, request, key, work)


@router.post("/applications/{application_id}/correction", response_model=answers.Corrected, responses=refuses(409, 410))
async def correct(
    application_id: UUID,
    body: Correction,
    request: Request,
    key: IdempotencyKey,
    db: Db,
    counter: AtCounter,
    visit: AtDoor,
) -> Response:
    """Put details right before the print."""
    changes = body.form()
    why = changes.pop("reason")

    async def work(tx: Transaction) -> tuple[int, Any]:
        return 200, await recording.correct(tx, counter.vault, application_id, changes, why, visit)

    return await once(db, request, key, work)


Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=200)]
"""Optional where a second request finds everything done already."""


@router.post(
    "/applications/{application_id}/cancellation", response_model=answers.Cancelled, responses=refuses(409, 410)
)
async def cancel(
    application_id: UUID, body: Cancellation, request: Request, db: Db, visit: AtDoor, key: Key = None
) -> Response:
    """End an application without a document."""

    async def work(tx: Transaction) -> tuple[int, Any]:
        return 200, await recording.cancel(tx, application_id, body.reason, visit)

    return await _act(db, request, key, work)


@router.post("/applications/{application_id}/clearance", response_model=answers.Heard, responses=refuses(409))
async def clear(
    application_id: UUID, body: CentralWord, request: Request, db: Db, visit: AtDoor, key: Key = None
) -> Response:
    """Mirror the ministry's word; a clearing one releases the application for print, once."""

    async def work(tx: Transaction) -> tuple[int, Any]:
        return 200, await clearing.hear_one(tx, application_id, body.status, body.observed_at, visit)

    return await _act(db, request, key, work)


async def _act(
    db: Database, request: Request, key: str | None, work: Callable[[Transaction], Awaitable[tuple[int, Any]]]
) -> Response:
    if key is not None:
        return await once(db, request, key, work)
    async with db.transaction() as tx:
        status, content = await work(tx)
    return JSONResponse({name: str(value) for name, value in content.items()}, status)


_SHOWN = (
    "document_kind", "reason", "state", "office_number", "tracking_code", "full_name", "phone", "email", "address",
    "landmark", "kelurahan_code", "rw", "rt", "suket_expires_on", "disaster_victim", "recorded_at", "registered_at",
    "central_status", "central_status_at", "cleared_at", "printed_at", "handed_over_at", "returned_at", "completed_at",
    "cancelled_at", "cancel_reason",
)  # fmt: skip


@router.get("/applications/{application_id}", response_model=answers.Application, responses=refuses(410))
async def show(application_id: UUID, db: Db, counter: AtCounter, visit: AtDoor) -> dict[str, Any]:
    """An application with its details, for officers; the NIK masked."""
    async with db.transaction() as tx:
        row = await store.one(tx.conn, application_id)
        if row is None:
            raise Problem(404, "not-found", "Permohonan tidak ditemukan.")
        visit.must_reach(row["kelurahan_code"], row["rw"])
        must_not_rest(row, visit)
        await visit.note(tx.conn, "looked", application_id)
    identity = counter.vault.unseal(application_id, row["identity_sealed"])
    doubts = [dict(zip(("field", "code"), doubt.split(":"), strict=True)) for doubt in row["doubts"].split()]
    return {
        "application_id": application_id,
        **{name: row[name] for name in _SHOWN},
        "nik_masked": mask(identity.nik) if identity.nik else None,
        "warnings": doubts,
    }


@router.get("/applications", response_model=answers.Page)
async def listing(
    db: Db,
    visit: AtDoor,
    state: State | None = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Applications of the officer's area as they were registered, without personal data; `next` goes into `after`."""
    async with db.reading() as conn:
        rows = await store.listed(conn, visit.within, state, after, limit)
    items = [{"application_id": row["id"], **{k: v for k, v in row.items() if k != "id"}} for row in rows]
    return {"items": items, "next": items[-1]["application_id"] if len(items) == limit else None}


@router.get("/summary", response_model=answers.Summary)
async def summary(db: Db) -> dict[str, dict[str, int]]:
    """How many applications stand where."""
    async with db.reading() as conn:
        rows = await store.counts(conn)
    by_state = {state.value: 0 for state in State}
    by_kind: dict[str, int] = {}
    for row in rows:
        by_state[row["state"]] += row["n"]
        by_kind[row["document_kind"]] = by_kind.get(row["document_kind"], 0) + row["n"]
    return {"by_state": by_state, "by_kind": by_kind}
