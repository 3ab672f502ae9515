"""What a courier's phone sends, at once or hours later: up to 500 acts, each of which acts once for ever."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.dispatch import visits
from services.dispatch.api.answers import Results
from services.dispatch.domain import Act, Receipt
from services.dispatch.reporter import Reporter
from shared.http.app import Db
from shared.http.description import refuses
from shared.http.idempotency import IdempotencyKey, once
from shared.http.moment import Moment
from shared.messaging.transaction import Transaction
from shared.people import AtDoor

router = APIRouter()

Word = Annotated[str, StringConstraints(max_length=40)]
"""A code from the phone. An unknown one is refused for its act alone: the other acts must not be stuck behind it."""


ActedAt = Annotated[Moment, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), le=datetime(9999, 12, 31, tzinfo=UTC))]
"""A phone that lost its clock begins anew in 1970; what lies further off cannot even be turned into UTC."""


class ReceiptIn(BaseModel):
    """Who took the document and what he gave for it."""

    model_config = ConfigDict(extra="forbid")
    receiver: Annotated[Word | None, Field(examples=["APPLICANT"])] = None
    mandate_number: Annotated[str, StringConstraints(max_length=60)] | None = None
    old_card: Annotated[Word | None, Field(examples=["TAKEN"])] = None

    def receipt(self) -> Receipt:
        """The same for the domain."""
        return Receipt(self.receiver, self.mandate_number, self.old_card)


class ActIn(ReceiptIn):
    """One act at the door; `acted_at` is the phone's time of the act."""

    act_id: UUID
    application_id: UUID
    kind: Literal["attempt", "completion"]
    outcome: Word | None = None
    acted_at: ActedAt
    courier_badge: Annotated[str, StringConstraints(min_length=1, max_length=30)]

    def act(self) -> Act:
        """The same for the domain."""
        return Act(
            self.act_id,
            self.application_id,
            self.courier_badge,
            self.kind,
            self.acted_at,
            self.outcome,
            self.receipt(),
        )


class Report(BaseModel):
    """Acts in the order in which they happened."""

    model_config = ConfigDict(extra="forbid")
    acts: Annotated[list[ActIn], Field(min_length=1, max_length=500)]


@router.post("/courier-reports", response_model=Results, responses=refuses(409))
async def take_report(body: Report, request: Request, db: Db, visit: AtDoor, key: IdempotencyKey) -> Response:
    """Take the acts in order: {"results": [{"act_id", "accepted", "code"?, "message"?, "state"}]}, one for each act.

    An act of another courier or of a place outside the area is refused for itself alone.
    """
    reporter = Reporter.of(visit)

    async def work(tx: Transaction) -> tuple[int, dict[str, Any]]:
        verdicts = await visits.take(tx, reporter, [act.act() for act in body.acts], datetime.now(UTC))
        about: dict[str, list[UUID]] = {}
        for act in body.acts:
            verdict = verdicts[act.act_id]
            about.setdefault("done" if verdict["accepted"] else verdict["code"], []).append(act.application_id)
        for result, application_ids in about.items():
            await visit.note_each(tx.conn, "reported", application_ids, result=result, of=len(body.acts))
        return 200, {"results": [_without_none(verdicts[act.act_id]) for act in body.acts]}

    return await once(db, request, key, work)


def _without_none(verdict: visits.Verdict) -> dict[str, Any]:
    return {name: value for name, value in verdict.items() if value is not None or name == "state"}
