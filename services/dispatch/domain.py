"""A document on its way: what a visit counts for and where the document goes next. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from shared.events.dispatch import AttemptOutcome, Holder, Receiver, ReturnReason

MAX_ATTEMPTS = 3
PICKUP_DAYS = 30


class State(StrEnum):
    """Where a delivery stands. Before EXPECTED's print there is no document yet."""

    EXPECTED = "EXPECTED"
    WAITING_FOR_RECIPIENT = "WAITING_FOR_RECIPIENT"
    WAITING_FOR_COURIER = "WAITING_FOR_COURIER"
    ASSIGNED = "ASSIGNED"
    WITH_COURIER = "WITH_COURIER"
    WAITING_FOR_ROUTE = "WAITING_FOR_ROUTE"
    HELD_FOR_PICKUP = "HELD_FOR_PICKUP"
    RECALLED = "RECALLED"
    LOST = "LOST"
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"


COUNTED = frozenset(
    {
        AttemptOutcome.NOT_AT_HOME,
        AttemptOutcome.ADDRESS_NOT_FOUND,
        AttemptOutcome.NO_HOUSE_NUMBER,
        AttemptOutcome.REFUSED,
        AttemptOutcome.RECEIVER_NOT_ELIGIBLE,
        AttemptOutcome.OLD_CARD_NOT_SURRENDERED,
    }
)
"""Outcomes that use up one of the three visits; the others send the document elsewhere."""

REROUTED = frozenset({AttemptOutcome.WRONG_RW, AttemptOutcome.AREA_CLEARED, AttemptOutcome.MOVED_WITHIN_CITY})
"""Outcomes after which the coordinator names another RW; the clock keeps running."""

BROUGHT_BACK = {
    AttemptOutcome.MOVED_OUT: ReturnReason.MOVED_OUT,
    AttemptOutcome.DECEASED: ReturnReason.DECEASED,
    AttemptOutcome.DATA_ERROR_ON_CARD: ReturnReason.DATA_ERROR_ON_CARD,
    AttemptOutcome.DUPLICATE_CARD: ReturnReason.DUPLICATE_CARD,
    AttemptOutcome.DAMAGED: ReturnReason.DAMAGED,
}
"""Outcomes after which the document goes back to the office."""


@dataclass(frozen=True, slots=True)
class Document:
    """A printed document as its acts find it; `holder_badge` names the courier who holds it, if one does."""

    application_id: UUID
    state: State
    round: int
    attempts: int
    holder: Holder
    holder_badge: str | None
    on_blank: bool
    kelurahan_code: str | None
    courier_badge: str | None
    recalled_at: datetime | None = None
    held_until: date | None = None
    receiver: Receiver | None = None
    completed_at: datetime | None = None
    return_reason: ReturnReason | None = None
    rw: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Who took the document and what he gave for it, as reported; codes that nobody knows included."""

    receiver: str | None
    mandate_number: str | None
    old_card: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a courier did at the door: an attempt with its `outcome`, or a completion with its `receipt`."""

    act_id: UUID
    application_id: UUID
    courier_badge: str
    kind: Literal["attempt", "completion"]
    acted_at: datetime
    outcome: str | None
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Visit:
    """An accepted attempt: `number` is the visit's place; one that does not count leaves it to the next visit."""

    outcome: AttemptOutcome
    number: int
    counted: bool


def visit(document: Document, outcome: AttemptOutcome) -> Visit:
    """The number of a visit without hand-over, and whether it is one of the three (pages.md §5.3).

    Once a document is recalled its visits have ended; one made before that was known here uses up nothing.
    """
    return Visit(outcome, document.attempts + 1, outcome in COUNTED and document.recalled_at is None)


def after_visit(document: Document, made: Visit, today: date) -> Document:
    """The document after that visit, its holder included.

    A recalled document stays recalled whatever is found at the door, until it is back; a third counted visit
    leaves it at the kelurahan for 30 days.
    """
    if made.outcome in BROUGHT_BACK:
        return returned(document, BROUGHT_BACK[made.outcome])
    if made.outcome == AttemptOutcome.LOST_IN_TRANSIT:
        return replace(document, state=State.LOST)
    if document.recalled_at is not None:
        return replace(document, state=State.RECALLED)
    if made.outcome in REROUTED:
        return replace(document, state=State.WAITING_FOR_ROUTE)
    attempts = document.attempts + 1
    if attempts < MAX_ATTEMPTS:
        found = State.WITH_COURIER if document.state == State.LOST else document.state
        return replace(document, attempts=attempts, state=found)
    held = replace(document, attempts=attempts, state=State.HELD_FOR_PICKUP)
    return replace(_given(held, Holder.KELURAHAN), held_until=today + timedelta(days=PICKUP_DAYS))


def delivered(document: Document, receiver: str, courier_badge: str | None, at: datetime) -> Document:
    """The document in the hands of one who may receive it; `courier_badge` None when it was picked up."""
    given = _given(document, Holder.RECEIVER)
    receiver = Receiver(receiver)
    return replace(given, state=State.DELIVERED, receiver=receiver, courier_badge=courier_badge, completed_at=at)


def returned(document: Document, reason: ReturnReason) -> Document:
    """The document back at the office, the delivery over."""
    return replace(_given(document, Holder.OFFICE), state=State.RETURNED, return_reason=reason)


def _given(document: Document, taker: Holder) -> Document:
    return replace(document, holder=taker, holder_badge=None)
