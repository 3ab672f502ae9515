"""Where an application stands, as the public may know it: a pure function of facts, whatever order they came in."""

from dataclasses import dataclass
from enum import StrEnum

from shared.events.dispatch import AttemptOutcome
from shared.events.notify import Milestone
from shared.events.printing import PriorityClass

MAX_VISITS = 3
"""Visits that count, before the document is held for pick-up (architecture.md, rule 5)."""


class PrintStage(StrEnum):
    """The last word of the print order."""

    QUEUED = "QUEUED"
    ALLOCATED = "ALLOCATED"
    RELEASED = "RELEASED"
    SPOILED = "SPOILED"
    PRINTED = "PRINTED"
    VOIDED = "VOIDED"
    WITHDRAWN = "WITHDRAWN"
    """The blank was released because the application was cancelled: the order is over."""


class DeliveryStage(StrEnum):
    """The last word of the delivery."""

    ASSIGNED = "ASSIGNED"
    WITH_COURIER = "WITH_COURIER"
    ATTEMPTED = "ATTEMPTED"
    HELD = "HELD"
    COMPLETED = "COMPLETED"
    RETURNED = "RETURNED"


class State(StrEnum):
    """One state, one headline, one honest reason (the sentences stand in words.yaml)."""

    RECEIVED = "RECEIVED"
    NEEDS_COMPLETION = "NEEDS_COMPLETION"
    AT_CENTRE = "AT_CENTRE"
    WAITING_FOR_SIGNATURE = "WAITING_FOR_SIGNATURE"
    RECORDED_TWICE = "RECORDED_TWICE"
    RECORD_AGAIN = "RECORD_AGAIN"
    CLEARED = "CLEARED"
    WAITING_FOR_BLANK = "WAITING_FOR_BLANK"
    WAITING_FOR_PRINT = "WAITING_FOR_PRINT"
    BACK_IN_QUEUE = "BACK_IN_QUEUE"
    ALLOCATED = "ALLOCATED"
    REPRINT = "REPRINT"
    PRINTED = "PRINTED"
    WITH_COURIER = "WITH_COURIER"
    MISSED = "MISSED"
    TRACED = "TRACED"
    HELD = "HELD"
    RETURNED = "RETURNED"
    VOIDED = "VOIDED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


IN_QUEUE = frozenset({State.WAITING_FOR_BLANK, State.BACK_IN_QUEUE, State.REPRINT})

CHECKED_AT_CENTRE = ("KTP_EL",)
"""The document kinds for which the centre looks for double records; the others wait for a signature."""

_TWICE = frozenset({"DUPLICATE_RECORD", "DUPLICATE", "DUP"})
_BIOMETRICS = frozenset({"ENROLL_FAILURE_AT_CENTRAL", "ENROLL_FAILURE_AT_REGIONAL", "EFAC", "EFAR"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an application; a fact that has not come yet is False or None."""

    central_word: str | None = None
    cleared: bool = False
    needs_blank: bool | None = None
    cancelled: bool = False
    closed: bool = False
    print_stage: str | None = None
    delivery_stage: str | None = None
    bereaved: bool = False
    incomplete: bool = False
    rejected: bool = False
    lost: bool = False
    needs_signature: bool = False


_BY_DELIVERY = {
    DeliveryStage.COMPLETED: State.DELIVERED,
    DeliveryStage.RETURNED: State.RETURNED,
    DeliveryStage.HELD: State.HELD,
    DeliveryStage.ATTEMPTED: State.MISSED,
    DeliveryStage.WITH_COURIER: State.WITH_COURIER,
    DeliveryStage.ASSIGNED: State.PRINTED,
}

_BY_PRINT = {
    PrintStage.PRINTED: State.PRINTED,
    PrintStage.SPOILED: State.REPRINT,
    PrintStage.RELEASED: State.BACK_IN_QUEUE,
    PrintStage.ALLOCATED: State.ALLOCATED,
    PrintStage.WITHDRAWN: State.CANCELLED,
    PrintStage.VOIDED: State.VOIDED,
}


def state_of(facts: Facts) -> State:
    """The state that the facts add up to.

    The fact nearest to the door speaks: delivery before print, print before the central record. An end
    without a document goes before all but the hand-over itself, which cannot be undone.
    """
    if facts.closed or facts.delivery_stage == DeliveryStage.COMPLETED:
        return State.DELIVERED
    if facts.cancelled or facts.rejected:
        return State.CANCELLED if facts.cancelled else State.REJECTED
    if facts.delivery_stage and facts.print_stage != PrintStage.VOIDED:
        return _by_delivery_stage(DeliveryStage(facts.delivery_stage), facts)
    if facts.print_stage:
        return _by_print_stage(PrintStage(facts.print_stage), needs_blank=facts.needs_blank)
    return State.CLEARED if facts.cleared else _before_clearing(facts)


def _by_delivery_stage(stage: DeliveryStage, facts: Facts) -> State:
    if stage is DeliveryStage.ATTEMPTED and facts.bereaved:
        # Where somebody has died nobody comes again and nothing is asked for: the document is on its way back.
        return State.RETURNED
    return State.TRACED if stage is DeliveryStage.ATTEMPTED and facts.lost else _BY_DELIVERY[stage]


def _by_print_stage(stage: PrintStage, *, needs_blank: bool | None) -> State:
    if stage is PrintStage.QUEUED:
        return State.WAITING_FOR_BLANK if needs_blank else State.WAITING_FOR_PRINT
    return _BY_PRINT[stage]


def _before_clearing(facts: Facts) -> State:
    # domain.md 1.2: DUP = recorded in two regencies, EFAC = biometrics incomplete. About 18 words exist; all others
    # mean that the centre is at work, and of that no date can be promised.
    if facts.incomplete:
        return State.NEEDS_COMPLETION
    if facts.central_word is None:
        return State.RECEIVED
    if facts.central_word in _TWICE:
        return State.RECORDED_TWICE
    if facts.central_word in _BIOMETRICS:
        return State.RECORD_AGAIN
    return State.WAITING_FOR_SIGNATURE if facts.needs_signature else State.AT_CENTRE


def rank_of(priority_class: str) -> int:
    """The place of a class in the order of service, from 0; a class of a later release comes after those known here."""
    order = list(PriorityClass)
    return order.index(PriorityClass(priority_class)) if priority_class in order else len(order)


def is_told(*, counted: bool, outcome: str) -> bool:
    """Whether a visit is told: once per visit that counts, and never to the family of one who has died."""
    return counted and outcome != AttemptOutcome.DECEASED


_COMES_AGAIN = frozenset(
    {
        AttemptOutcome.NOT_AT_HOME,
        AttemptOutcome.ADDRESS_NOT_FOUND,
        AttemptOutcome.NO_HOUSE_NUMBER,
        AttemptOutcome.REFUSED,
        AttemptOutcome.RECEIVER_NOT_ELIGIBLE,
        AttemptOutcome.OLD_CARD_NOT_SURRENDERED,
    }
)


def comes_again(outcome: str | None, visits: int | None) -> bool:
    """Whether the same courier comes once more after this visit (pages.md 5.3)."""
    return outcome in _COMES_AGAIN and (visits or 0) < MAX_VISITS


def stays_at_kelurahan(outcome: str | None, visits: int | None) -> bool:
    """Whether this visit was the last one, after which the document is kept for pick-up."""
    return outcome in _COMES_AGAIN and (visits or 0) >= MAX_VISITS


_PROMISES = frozenset({Milestone.WAITING_FOR_BLANK, Milestone.READY, Milestone.MISSED, Milestone.HELD})


def is_withdrawn(milestone: str, *, nobody: bool, silent: bool, cancelled: bool, overtaken: bool) -> bool:
    """Whether a message must not go out any more.

    None when the recipient was erased (`nobody`), none after a death (`silent`). After a cancellation nothing
    that promises a document. And nothing late that the hand-over has `overtaken`: "we come again" must not follow
    "you have it".
    """
    return nobody or silent or ((cancelled or overtaken) and milestone in _PROMISES)
