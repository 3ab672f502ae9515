"""What the kelurahan's coordinator decides about a document: another RW, back to the office, handed out at the desk."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from services.dispatch import assignment, domain, refusals, visits
from services.dispatch.domain import Document, Receipt, State
from services.dispatch.handover import announce_moves
from services.dispatch.store import couriers, custody, documents
from shared.clock import WIB
from shared.events.dispatch import Holder, ReturnReason
from shared.http.problems import Problem
from shared.messaging.transaction import Transaction
from shared.people import Visit

ROUTABLE = (State.WAITING_FOR_COURIER, State.ASSIGNED, State.WITH_COURIER, State.WAITING_FOR_ROUTE)
ENDED = (State.DELIVERED, State.RETURNED)


async def route(
    tx: Transaction, visit: Visit, application_id: UUID, kelurahan_code: str, rw: str, now: datetime
) -> None:
    """Send the document to another RW: from the courier back to the kelurahan, then to that RW's courier.

    It may go to any RW of the city: a letter that came to the wrong kelurahan has to get out of it. Its visits stay
    counted: it is the same delivery (domain.md §5, "the clock keeps running").

    Raises:
        Problem: 404 no such document; 403 it lies elsewhere; 409 it is not on its way.
    """
    await couriers.keep_roster_still(tx.conn)
    document = await _locked(tx, visit, application_id)
    if document.state not in ROUTABLE:
        raise _wrong_state(document)
    if document.holder == Holder.COURIER:
        back = custody.Move(application_id, Holder.KELURAHAN, None, uuid7())
        announce_moves(tx, await custody.move(tx.conn, [back], now), now)
    await documents.send_elsewhere(tx.conn, application_id, kelurahan_code, rw, now)
    await visit.note(tx.conn, "sent-elsewhere", application_id, to=f"{kelurahan_code}/{rw}")
    await assignment.assign(tx, [application_id])


async def give_back(tx: Transaction, visit: Visit, application_id: UUID, reason: ReturnReason, now: datetime) -> None:
    """Take the document back to the office; the delivery is over.

    Raises:
        Problem: 404 no such document; 403 it lies elsewhere; 409 it has ended, or "not collected" before its last day
            at the kelurahan.
    """
    document = await _locked(tx, visit, application_id)
    if document.state in ENDED:
        raise _wrong_state(document)
    if reason == ReturnReason.NOT_COLLECTED:
        _must_be_over(document, now)
    back = domain.returned(document, reason)
    await _keep(tx, back, now)
    await visit.note(tx.conn, "returned", application_id, reason=reason)
    tx.announce(visits.returned(back, now))


async def hand_out(tx: Transaction, visit: Visit, application_id: UUID, receipt: Receipt, now: datetime) -> None:
    """Give a held document to its receiver at the kelurahan, by the same rules as at the door.

    Raises:
        Problem: 404 no such document; 403 it lies elsewhere; 409 it does not wait there; 422 he may not have it so.
    """
    document = await _locked(tx, visit, application_id)
    if document.state != State.HELD_FOR_PICKUP:
        raise _wrong_state(document)
    refusal = refusals.refuse_receipt(receipt, on_blank=document.on_blank)
    if refusal is not None:
        raise Problem(422, refusal.code, refusal.message)
    given = domain.delivered(document, str(receipt.receiver), None, now)
    await _keep(tx, given, now)
    await visit.note(tx.conn, "handed-out", application_id, receiver=given.receiver)
    tx.announce(visits.completed(given, now))


async def _locked(tx: Transaction, visit: Visit, application_id: UUID) -> Document:
    await documents.lock(tx.conn, [application_id])
    found = await documents.load(tx.conn, [application_id])
    if application_id not in found:
        raise Problem(404, refusals.NOT_FOUND.code, refusals.NOT_FOUND.message)
    document = found[application_id]
    visit.must_reach(document.kelurahan_code, document.rw)
    return document


async def _keep(tx: Transaction, document: Document, now: datetime) -> None:
    await documents.keep(tx.conn, [document])
    await visits.pass_on(tx, [document], now)


def _must_be_over(document: Document, now: datetime) -> None:
    if document.state != State.HELD_FOR_PICKUP or document.held_until is None:
        raise _wrong_state(document)
    if now.astimezone(WIB).date() <= document.held_until:
        day = f"{document.held_until:%d-%m-%Y}"
        raise Problem(409, "still-held", f"Dokumen masih dapat diambil di kelurahan sampai {day}.")


def _wrong_state(document: Document) -> Problem:
    return Problem(
        409, "wrong-state", "Dokumen ini sudah tidak dalam keadaan untuk tindakan itu.", state=document.state
    )
