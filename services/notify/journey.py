"""The six steps of a document from the counter to the door, and where on them an application is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.notify.domain import State
from services.notify.words import Words

_AT = {
    State.RECEIVED: 0,
    State.NEEDS_COMPLETION: 1,
    State.AT_CENTRE: 1,
    State.WAITING_FOR_SIGNATURE: 1,
    State.RECORDED_TWICE: 1,
    State.RECORD_AGAIN: 1,
    State.CLEARED: 2,
    State.WAITING_FOR_BLANK: 2,
    State.WAITING_FOR_PRINT: 2,
    State.BACK_IN_QUEUE: 2,
    State.REPRINT: 2,
    State.ALLOCATED: 3,
    State.PRINTED: 4,
    State.WITH_COURIER: 4,
    State.MISSED: 4,
    State.TRACED: 4,
    State.HELD: 4,
    State.RETURNED: 4,
    State.DELIVERED: 5,
}
"""The step at which each state stands; those that are missing have left the way."""

_BY_ITS_TAG = frozenset(
    {
        State.NEEDS_COMPLETION,
        State.WAITING_FOR_SIGNATURE,
        State.RECORDED_TWICE,
        State.RECORD_AGAIN,
        State.MISSED,
        State.TRACED,
        State.HELD,
        State.RETURNED,
    }
)
"""States in which something else goes on than the step says: while it lasts, the step has the state's own name."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `at` when it was done, or since when it lasts."""

    name: str
    where: Literal["past", "now", "next"]
    at: datetime | None


def journey(state: State, facts: Mapping[str, Any], words: Words) -> list[Step]:
    """The steps. One that is over shows when it ended, the present one since when it lasts, if that is known."""
    labels = _labels(words, needs_blank=bool(facts["needs_blank"]))
    done = state is State.DELIVERED
    ended = [
        facts["recorded_at"],
        facts["cleared_at"],
        None,
        facts["printed_at"],
        None,
        facts["delivery_at"] if done else None,
    ]
    now = _AT.get(state)
    if now is None:
        return [Step(label, "past", at) for label, at in zip(labels, ended, strict=True) if at]
    since = [
        facts["recorded_at"],
        facts["missing_at"] if state is State.NEEDS_COMPLETION else facts["central_at"],
        facts["cleared_at"] or facts["queued_at"],
        facts["print_at"],
        None if state is State.PRINTED else facts["delivery_at"],
        None,
    ]
    if state in _BY_ITS_TAG:
        labels[now] = words.states[state].tag
    steps = []
    for i, label in enumerate(labels):
        if i < now or done:
            steps.append(Step(label, "past", ended[i]))
        else:
            steps.append(Step(label, "now", since[i]) if i == now else Step(label, "next", None))
    return steps


def _labels(words: Words, *, needs_blank: bool) -> list[str]:
    third = "blank" if needs_blank else "turn"
    return [words.of("steps", name) or "" for name in ("received", "checked", third, "printed", "delivery", "done")]
