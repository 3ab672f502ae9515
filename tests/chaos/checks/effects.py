"""I3 and I5 on the log: what may happen once to an application is announced once, and a serial is used once."""

from collections.abc import Iterator

from tests.chaos.checks.history import History
from tests.chaos.evidence import Entry
from tests.chaos.verdict import Offender, Violation, first

ONCE = frozenset(
    {
        "ApplicationRecorded",
        "ApplicationClearedForPrint",
        "ApplicationCancelled",
        "ApplicationClosed",
        "PrintOrderQueued",
        "DocumentPrinted",
        "DeliveryCompleted",
    }
)
"""Types that an application has at most one event of."""

ENDS_OF_A_MESSAGE = frozenset({"MessageSent", "MessageUndeliverable"})
MANY_TIMES = frozenset({"MISSED"})
"""Milestones that are told for each visit anew."""


def judge_effects(history: History) -> Iterator[Violation]:
    """Events are counted once each, however often they stand there."""
    name = history.topic.name
    yield from first("I3", name, _doubled(history))
    yield from first("I5", name, _two_cards(history))
    yield from first("I5", name, _serials_twice(history))


def _doubled(history: History) -> Iterator[Offender]:
    seen: dict[tuple[str, str], int] = {}
    for key, version, entry in history.true_entries():
        effect = _effect(entry)
        if effect is None:
            continue
        before = seen.setdefault((key, effect), version)
        if before != version:
            yield Offender(key, version, f"{effect} in version {before} and again in version {version}")


def _effect(entry: Entry) -> str | None:
    if entry.type in ONCE:
        return entry.type
    if entry.type in ENDS_OF_A_MESSAGE and entry.detail not in MANY_TIMES:
        return f"message {entry.detail}"
    return f"lot {entry.detail}" if entry.type == "BlanksReceived" else None


def _two_cards(history: History) -> Iterator[Offender]:
    cards: dict[str, str] = {}
    for key, version, entry in history.true_entries():
        if entry.type == "DocumentPrinted" and entry.detail and cards.setdefault(key, entry.detail) != entry.detail:
            yield Offender(key, version, f"two cards were printed: {cards[key]} and {entry.detail}")


def _serials_twice(history: History) -> Iterator[Offender]:
    used: dict[str, tuple[str, int]] = {}
    for key, version, entry in history.true_entries():
        if entry.type in ("DocumentPrinted", "BlankSpoiled") and entry.detail:
            before, _ = used.setdefault(entry.detail, (key, version))
            if used[entry.detail] != (key, version):
                yield Offender(entry.detail, version, f"the blank went to {before} and to {key}")
