"""Takes what couriers report: judges each act in its order, writes all down at once, announces what happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.dispatch import domain, refusals
from services.dispatch.domain import Act, Document, State
from services.dispatch.refusals import Refusal
from services.dispatch.reporter import Reporter
from services.dispatch.store import acts as act_store
from services.dispatch.store import custody, documents
from services.dispatch.store.acts import JudgedAct
from shared.clock import WIB
from shared.events.base import Event
from shared.events.dispatch import (
    AttemptOutcome,
    DeliveryAttempted,
    DeliveryCompleted,
    DocumentHeldForPickup,
    DocumentReturned,
)
from shared.http.problems import Problem
from shared.messaging.transaction import Transaction

Verdict = Mapping[str, Any]
"""act_id, accepted, code, message, state."""


async def take(tx: Transaction, reporter: Reporter, reported: Sequence[Act], now: datetime) -> dict[UUID, Verdict]:
    """Apply the acts in the order given, each once for ever; the verdict on each by its id.

    An act that is not the reporter's to report is refused and not kept: it takes its name from nobody, and its sender
    learns nothing of the document.

    Raises:
        Problem: 409 when the same act is being reported by another request at this moment.
    """
    ids = list({act.application_id for act in reported})
    await documents.lock(tx.conn, ids)
    found = await documents.load(tx.conn, ids)
    verdicts = _foreign(reporter, found, reported)
    own = [act for act in reported if act.act_id not in verdicts]
    verdicts |= {row["act_id"]: dict(row) for row in await act_store.judged(tx.conn, [act.act_id for act in own])}
    desk = _Desk(found, now)
    for act in own:
        if act.act_id not in verdicts:
            verdicts[act.act_id] = desk.judge(act)
    await _write_down(tx, desk, now)
    return verdicts


def _foreign(reporter: Reporter, found: Mapping[UUID, Document], reported: Sequence[Act]) -> dict[UUID, Verdict]:
    verdicts: dict[UUID, Verdict] = {}
    for act in reported:
        refusal = refusals.refuse_reporter(reporter, found.get(act.application_id), act)
        if refusal is not None:
            told = {"accepted": False, "code": refusal.code, "message": refusal.message, "state": None}
            verdicts[act.act_id] = {"act_id": act.act_id, **told}
    return verdicts


async def _write_down(tx: Transaction, desk: "_Desk", now: datetime) -> None:
    changed = desk.changed()
    if changed:
        await documents.keep(tx.conn, changed)
        await pass_on(tx, [d for d in changed if d.state in _HANDS_CHANGED], now)
    if desk.judged and await act_store.keep(tx.conn, desk.judged) < len(desk.judged):
        raise Problem(409, "act-in-progress", "Laporan yang sama sedang diproses. Kirim lagi sebentar.")
    tx.announce(*desk.events)


_HANDS_CHANGED = (State.DELIVERED, State.RETURNED, State.HELD_FOR_PICKUP)


async def pass_on(tx: Transaction, given: Sequence[Document], now: datetime) -> None:
    """Move these documents to the holder they have now."""
    moves = [custody.Move(d.application_id, d.holder, d.holder_badge) for d in given]
    if moves:
        await custody.move(tx.conn, moves, now)


class _Desk:
    """The documents of one request as its acts change them, one after another."""

    def __init__(self, before: dict[UUID, Document], now: datetime) -> None:
        self._before = before
        self._documents = dict(before)
        self._now = now
        self.judged: list[JudgedAct] = []
        self.events: list[Event] = []

    def changed(self) -> list[Document]:
        return [after for one, after in self._documents.items() if after is not self._before[one]]

    def judge(self, act: Act) -> Verdict:
        document = self._documents.get(act.application_id)
        refusal = refusals.refuse_act(document, act, self._now)
        visit = None
        if refusal is None and document is not None:
            if act.kind == "completion":
                document = self._complete(document, act, str(act.receipt.receiver))
            else:
                visit = domain.visit(document, AttemptOutcome(str(act.outcome)))
                document = self._visited(document, act, visit)
            self._documents[act.application_id] = document
        kept = self._kept(act, document, refusal, visit)
        self.judged.append(kept)
        return {name: getattr(kept, name) for name in ("act_id", "accepted", "code", "message", "state")}

    def _kept(
        self, act: Act, document: Document | None, refusal: Refusal | None, visit: domain.Visit | None
    ) -> JudgedAct:
        return JudgedAct(
            act.act_id,
            act.application_id,
            act.courier_badge,
            act.kind,
            act.outcome,
            act.receipt.receiver,
            act.receipt.mandate_number,
            act.receipt.old_card,
            act.acted_at,
            self._now,
            refusal is None,
            refusal.code if refusal else None,
            refusal.message if refusal else None,
            document.state if document else None,
            document.round if document else None,
            visit.number if visit else None,
            visit.counted if visit else None,
        )

    def _complete(self, document: Document, act: Act, receiver: str) -> Document:
        after = domain.delivered(document, receiver, act.courier_badge, act.acted_at)
        self.events.append(completed(after, self._now))
        return after

    def _visited(self, document: Document, act: Act, visit: domain.Visit) -> Document:
        after = domain.after_visit(document, visit, self._now.astimezone(WIB).date())
        self.events.append(
            DeliveryAttempted(
                application_id=document.application_id,
                attempt=visit.number,
                counted=visit.counted,
                outcome=visit.outcome,
                courier_badge=act.courier_badge,
                attempted_at=act.acted_at,
                reported_at=self._now,
            )
        )
        if after.state == State.RETURNED:
            self.events.append(returned(after, self._now))
        if after.state == State.HELD_FOR_PICKUP:
            self.events.append(_held(after, visit.outcome, self._now))
        return after


def completed(document: Document, now: datetime) -> DeliveryCompleted:
    """The fact that this delivered document is in the right hands."""
    assert document.receiver is not None
    assert document.completed_at is not None
    return DeliveryCompleted(
        application_id=document.application_id,
        receiver=document.receiver,
        courier_badge=document.courier_badge,
        completed_at=document.completed_at,
        reported_at=now,
    )


def returned(document: Document, now: datetime) -> DocumentReturned:
    """The fact that this document is back at the office."""
    assert document.return_reason is not None
    return DocumentReturned(application_id=document.application_id, reason=document.return_reason, returned_at=now)


def _held(document: Document, reason: AttemptOutcome, now: datetime) -> DocumentHeldForPickup:
    assert document.kelurahan_code is not None
    assert document.held_until is not None
    return DocumentHeldForPickup(
        application_id=document.application_id,
        kelurahan_code=document.kelurahan_code,
        reason=reason,
        until=document.held_until,
        held_at=now,
    )
