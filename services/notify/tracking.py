"""What the tracking page says of an application, for HTML and JSON alike. Nothing in it tells who the person is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.notify.codes import write_code
from services.notify.domain import Facts, State, comes_again, state_of
from services.notify.journey import Step, journey
from services.notify.words import Words, say
from shared.events.regions import kelurahan_by_code
from shared.web.dates import day, moment

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
    """The page. `since` is when the state began, `days` how many days ago that was."""

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
    as_of: datetime


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
    )


def track(symbols: str, row: Row, place: Place | None, words: Words, telp: str, now: datetime) -> Tracking:
    """The page for a row of `application`; `place` where it waits for a blank."""
    state = state_of(facts_of(row))
    copy = words.states[state]
    since = _since(state, row)
    again = state is State.MISSED and comes_again(row["outcome"], row["visits"])
    known = _known(state, row, words, since) | {
        "telp": telp,
        "lagi": "Kami datang lagi" if again else None,
        "siapkan": "Siapkan KK" if again else None,
    }
    classes = words.codes["classes"]
    return Tracking(
        code=write_code(symbols),
        document=row["document_name"] or "Dokumen",
        state=state,
        family=copy.family,
        tag=copy.tag,
        headline=copy.headline,
        text=say(copy.text, known),
        do=say(copy.do, known),
        since=since,
        days=(now - since).days if since else None,
        place=place,
        classes=list(classes.values()),
        own_class=list(classes).index(row["priority_class"]) + 1 if row["priority_class"] in classes else None,
        policy_version=row["policy_version"],
        badge=row["courier_badge"] if state is State.WITH_COURIER or again else None,
        rw=row["rw"],
        held_at=_kelurahan(row["held_kelurahan"]) if state is State.HELD else None,
        held_until=row["held_until"] if state is State.HELD else None,
        steps=journey(state, row, words),
        as_of=now,
    )


def _since(state: State, row: Row) -> datetime | None:
    if state is State.DELIVERED:
        since = row["delivery_at"] if row["delivery_stage"] == "COMPLETED" else row["closed_at"]
    elif state in (State.WAITING_FOR_BLANK, State.WAITING_FOR_PRINT, State.CLEARED):
        since = row["cleared_at"] or row["queued_at"]
    elif state is State.CANCELLED:
        since = row["cancelled_at"] or row["print_at"]
    elif row["delivery_stage"] and state is not State.VOIDED:
        since = row["delivery_at"]
    elif row["print_stage"]:
        since = row["print_at"]
    else:
        since = row["recorded_at"] if state is State.RECEIVED else row["central_at"]
    found: datetime | None = since
    return found


def _known(state: State, row: Row, words: Words, since: datetime | None) -> dict[str, str | None]:
    ready = row["cleared_at"] or row["queued_at"]
    return {
        "sejak": day(since) if since else None,
        "waktu": moment(since) if since else None,
        "siap": day(ready) if ready else None,
        "dicetak": day(row["printed_at"]) if row["printed_at"] else None,
        "sebab": _why(state, row, words),
        "rw": row["rw"],
        "k": str(row["visits"]) if row["visits"] else None,
        "kel": _kelurahan(row["held_kelurahan"]),
        "sampai": day(row["held_until"]) if row["held_until"] else None,
        "hub": words.of("receivers", row["receiver"]),
    }


def _why(state: State, row: Row, words: Words) -> str:
    if state in (State.MISSED, State.HELD):
        return words.of("outcomes", row["outcome"])
    if state is State.RETURNED:
        return words.of("returns", row["return_reason"] or row["outcome"])
    if state is State.CANCELLED:
        return words.of("cancellations", row["cancel_reason"])
    return words.of("print_reasons", row["print_reason"])


def _kelurahan(code: str | None) -> str | None:
    place = kelurahan_by_code().get(code or "")
    return place.name if place else None
