"""What may happen to an application, and in which order."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from shared.clock import WIB


class State(StrEnum):
    """Where an application stands. What the ministry says of the record is mirrored beside it, not in it."""

    RECORDED = "RECORDED"
    NEEDS_COMPLETION = "NEEDS_COMPLETION"
    CLEARED = "CLEARED"
    PRINTED = "PRINTED"
    HANDED_OVER = "HANDED_OVER"
    RETURNED = "RETURNED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


ENDED: Final = frozenset({State.CLOSED, State.CANCELLED, State.REJECTED})
"""No longer live: the person may apply for that kind again. The unique index in the database says the same."""

LEADS_TO: Final[Mapping[State, frozenset[State]]] = {
    State.RECORDED: frozenset({State.NEEDS_COMPLETION}),
    State.NEEDS_COMPLETION: frozenset({State.RECORDED, State.NEEDS_COMPLETION}),
    State.CLEARED: frozenset({State.RECORDED}),
    State.PRINTED: frozenset({State.RECORDED, State.CLEARED}),
    State.HANDED_OVER: frozenset({State.RECORDED, State.CLEARED, State.PRINTED, State.RETURNED}),
    State.RETURNED: frozenset({State.RECORDED, State.CLEARED, State.PRINTED, State.HANDED_OVER}),
    # Also a cancelled one: a courier may have given it away before the news reached him, and given is given.
    State.CLOSED: frozenset(State) - {State.CLOSED},
    State.CANCELLED: frozenset({State.RECORDED, State.NEEDS_COMPLETION, State.CLEARED, State.PRINTED, State.RETURNED}),
    State.REJECTED: frozenset({State.RECORDED, State.NEEDS_COMPLETION}),
}
"""From which states a step leads to a state. Prints and deliveries are heard on different topics, in any order:
a hand-over may be known before the print, so the way back (a print after the hand-over) changes no state."""

FIXED_ONCE_CLEARED: Final = frozenset({"suket_expires_on", "disaster_victim"})
"""They decide the place in the queue, which was given with the clearance; a later change would not reach it."""


class DocumentKind(NamedTuple):
    """A kind of document as it is in force from one day to another (inclusive; None = until further notice)."""

    code: str
    valid_from: date
    valid_to: date | None
    name_id: str
    name_en: str
    office_prefix: str
    blank_kind: str | None
    nik_required: bool
    clearing_words: frozenset[str]


class Kinds:
    """The document kinds of all times; which of them counts is a matter of the day."""

    def __init__(self, kinds: list[DocumentKind]) -> None:
        self._by_code: dict[str, list[DocumentKind]] = {}
        for kind in sorted(kinds, key=lambda k: k.valid_from):
            self._by_code.setdefault(kind.code, []).append(kind)
        self._by_spelling = {
            spelling: kind.code
            for kind in kinds
            for word in (kind.code, kind.name_id, kind.office_prefix)
            for spelling in (word, _fold(word))
        }

    def find(self, text: str) -> str | None:
        """The code meant by a code, a Bahasa name or an office prefix in any spelling: ktp-el, KTP_EL, KTP."""
        return self._by_spelling.get(text) or self._by_spelling.get(_fold(text))

    def on(self, code: str, day: date) -> DocumentKind | None:
        """The kind as it is on `day`: its latest row that has begun, unless that one has ended."""
        for kind in reversed(self._by_code.get(code, ())):
            if kind.valid_from <= day:
                return kind if kind.valid_to is None or day <= kind.valid_to else None
        return None


def _fold(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


class Standing(NamedTuple):
    """What a word of the ministry is weighed against."""

    id: UUID
    document_kind: str
    state: State
    cleared: bool
    central_status: str | None


class Verdict(StrEnum):
    """What a word of the ministry does to an application."""

    CLEARED = "cleared"
    ALREADY_CLEARED = "already_cleared"
    MIRRORED = "mirrored"


def weigh(standing: Standing, word: str, at: datetime, kinds: Kinds) -> Verdict | str:
    """What `word`, observed at `at`, does; a plain string is the code of a refusal.

    A clearing word clears once and then is known for good; any other word is mirrored.
    """
    kind = kinds.on(standing.document_kind, at.astimezone(WIB).date())
    if kind is None:
        return "KIND_NOT_IN_FORCE"
    if word in kind.clearing_words:
        if standing.cleared:
            return Verdict.ALREADY_CLEARED
        if standing.state in ENDED:
            return "ALREADY_ENDED"
        # What is not complete is not printed: the word is kept, and clears on the day nothing is missing any more.
        return Verdict.MIRRORED if standing.state is State.NEEDS_COMPLETION else Verdict.CLEARED
    return Verdict.MIRRORED
