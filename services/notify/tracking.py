"""What the tracking page says of an application, for HTML and JSON alike. Nothing in it tells who the person is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.notify.codes import write_code
from services.notify.domain import (
    CHECKED_AT_CENTRE,
    DeliveryStage,
    Facts,
    State,
    comes_again,
    state_of,
    stays_at_kelurahan,
)
from services.notify.journey import Step, journey
from services.notify.words import Words, say
from shared.events.dispatch import AttemptOutcome
from shared.events.regions import kelurahan_by_code
from shared.web.dates import day, moment

LATE_AFTER = timedelta(minutes=2)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an application stands in its queue: `position` from 1 of `waiting`; `free` blanks are there now."""

    position: int
    waiting: int
    free: int

    @property
    def after(self) -> int:
        """The place that is left when the free blanks are given out; 0 or less: one of them is his."""
        return self.position - self.free


@dataclass(frozen=True, slots=True)
class Tracking:
    """The page. `since` is when the state began, `days` how many days ago that was.

    `as_of` is when all of this was true; `late` says that more may have happened since. Before anybody knows
    how much was read, it is late and `as_of` None.
    """

    code: str
    document: str
    state: State
    family: str
    tag: str
    headline: str
    text: list[str]
    do: list[str]
    since: datetime | None
    days: int | None
    place: Place | None
    classes: list[str]
    own_class: int | None
    policy_version: int | None
    badge: str | None
    rw: str | None
    held_at: str | None
    held_until: date | None
    steps: list[Step]
    as_of: datetime | None
    late: bool


def facts_of(row: Row) -> Facts:
    """The facts that make the state, from a row of `application`."""
    return Facts(
        central_word=row["central_word"],
        cleared=row["cleared_at"] is not None,
        needs_blank=row["needs_blank"],
        cancelled=row["cancelled_at"] is not None,
        closed=row["closed_at"] is not None,
        print_stage=row["print_stage"],
        delivery_stage=row["delivery_stage"],
        bereaved=row["silent"],
        incomplete=row["missing_at"] is not None,
        rejected=row["rejected_at"] is not None,
        lost=row["outcome"] == AttemptOutcome.LOST_IN_TRANSIT,
        needs_signature=row["document_kind"] not in (None, *CHECKED_AT_CENTRE),
    )


def track(
    symbols: str, row: Row, place: Place | None, words: Words, telp: str, now: datetime, read: datetime | None
) -> Tracking:
    """The page for a row of `application`; `place` where it waits for a blank. `read`: up to when all is known."""
    state = state_of(facts_of(row))
    case = _case(state, row)
    copy = words.states[state].also(case)
    since = _since(state, row)
    known = _known(state, row, words, since) | {"telp": telp}
    classes = words.codes["classes"]
    late = read is None or now - read > LATE_AFTER
    return Tracking(
        code=write_code(symbols),
        document=words.document(row["document_name"]),
        state=state,
        family=copy.family,
        tag=copy.tag,
        headline=copy.headline,
        text=say(copy.text, known),
        do=say(copy.do, known),
        since=since,
        days=(now - since).days if since else None,
        place=place,
        classes=[name for name in classes.values() if name],
        own_class=list(classes).index(row["priority_class"]) + 1 if row["priority_class"] in classes else None,
        policy_version=row["policy_version"],
        badge=row["courier_badge"] if _is_coming(state, case, row) else None,
        rw=row["rw"],
        held_at=_kelurahan(row["held_kelurahan"]) if state is State.HELD else None,
        held_until=row["held_until"] if state is State.HELD else None,
        steps=journey(state, row, words),
        as_of=read if late else now,
        late=late,
    )


def _case(state: State, row: Row) -> str | None:
    if state is not State.MISSED:
        return None
    if comes_again(row["outcome"], row["visits"]):
        return "again"
    return "last" if stays_at_kelurahan(row["outcome"], row["visits"]) else None


def _is_coming(state: State, case: str | None, row: Row) -> bool:
    if state is State.PRINTED:
        return bool(row["delivery_stage"] == DeliveryStage.ASSIGNED)
    return state is State.WITH_COURIER or case == "again"


def _since(state: State, row: Row) -> datetime | None:
    if state is State.DELIVERED:
        since = row["delivery_at"] if row["delivery_stage"] == DeliveryStage.COMPLETED else row["closed_at"]
    elif state in (State.WAITING_FOR_BLANK, State.WAITING_FOR_PRINT, State.CLEARED):
        since = row["cleared_at"] or row["queued_at"]
    elif state is State.CANCELLED:
        since = row["cancelled_at"] or row["print_at"]
    elif state in (State.REJECTED, State.NEEDS_COMPLETION):
        since = row["rejected_at"] or row["missing_at"]
    elif row["delivery_stage"] and state is not State.VOIDED:
        since = row["delivery_at"]
    elif row["print_stage"]:
        since = row["print_at"]
    else:
        since = row["recorded_at"] if state is State.RECEIVED else row["central_at"]
    found: datetime | None = since
    return found


def _known(state: State, row: Row, words: Words, since: datetime | None) -> dict[str, str | None]:
    def said(at: datetime | date | None) -> str | None:
        return day(at, words.language) if at else None

    return {
        "sejak": said(since),
        "waktu": moment(since, words.language) if since else None,
        "siap": said(row["cleared_at"] or row["queued_at"]),
        "dicetak": said(row["printed_at"]),
        "sampai": said(row["held_until"]),
        "kurang": words.listed("missing", row["missing"]),
        "sebab": _why(state, row, words),
        "rw": row["rw"],
        "k": str(row["visits"]) if row["visits"] else None,
        "kel": _kelurahan(row["held_kelurahan"]),
        "hub": words.of("receivers", row["receiver"]),
    }


_REASONS = {
    State.MISSED: ("outcomes", "outcome"),
    State.HELD: ("outcomes", "outcome"),
    State.RETURNED: ("returns", "return_reason"),
    State.CANCELLED: ("cancellations", "cancel_reason"),
    State.REJECTED: ("rejections", "reject_reason"),
    State.REPRINT: ("spoils", "print_reason"),
    State.BACK_IN_QUEUE: ("releases", "print_reason"),
    State.VOIDED: ("voids", "print_reason"),
}
"""Where the reason of a state stands: its group in words.yaml, its column."""


def _why(state: State, row: Row, words: Words) -> str | None:
    if state not in _REASONS:
        return None
    group, column = _REASONS[state]
    # After a death the visit itself says why the document comes back.
    return words.of(group, row[column] or (row["outcome"] if state is State.RETURNED else None))


def _kelurahan(code: str | None) -> str | None:
    place = kelurahan_by_code().get(code or "")
    return place.name if place else None
