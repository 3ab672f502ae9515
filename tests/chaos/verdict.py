"""What the checker answers: violations, each with the first key that offends, and a report of one line per invariant."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.chaos.evidence import Evidence

INVARIANTS = {
    "I1": "nothing that was committed is lost",
    "I2": "nothing is there that was not committed",
    "I3": "each effect happened once",
    "I4": "versions of an aggregate rise without gaps",
    "I5": "blanks are conserved, a serial is used once, nobody gets two cards",
    "I6": "lag and outbox are zero within 30 s after the last fault",
    "I7": "parked is the injected poison and what queued behind it",
    "I8": "SIGTERM ends a service in 25 s with code 0 and without duplicates",
    "I9": "no personal data in logs, errors, metrics and public topics",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which an invariant does not hold.

    `where` is the topic, the service or both; `key` the first offender in the order of keys, so that the same evidence
    names the same one; `count` how many offend in this way.
    """

    invariant: str
    where: str
    key: str
    sentence: str
    count: int = 1


class Offender(NamedTuple):
    """Who offends and how; the lowest is named."""

    key: str
    version: int
    sentence: str


def first(invariant: str, where: str, offenders: Iterable[Offender]) -> Iterator[Violation]:
    """One violation for all these offenders, none where there are none."""
    found = list(offenders)
    if found:
        key, _, sentence = min(found)
        yield Violation(invariant, where, key, sentence, len(found))


def report(evidence: Evidence, violations: Sequence[Violation]) -> list[str]:
    """One line for each invariant: holds, violated (count and first key), or not looked at."""
    return [_line(name, sentence, evidence, violations) for name, sentence in INVARIANTS.items()]


def _line(name: str, sentence: str, evidence: Evidence, violations: Sequence[Violation]) -> str:
    own = [violation for violation in violations if violation.invariant == name]
    if own:
        worst = min(own, key=lambda violation: (violation.where, violation.key))
        count = sum(violation.count for violation in own)
        return f"{name} violated ({count}): {sentence}. First: {worst.where} {worst.key}: {worst.sentence}"
    if name in _unseen(evidence):
        return f"{name} not looked at: {sentence}"
    return f"{name} holds: {sentence}"


def _unseen(evidence: Evidence) -> set[str]:
    asked_to_stop = any(life.signal == "TERM" for life in evidence.lives or ())
    seen = {
        "I5": evidence.city is not None,
        "I6": evidence.recovery is not None,
        "I8": asked_to_stop,
        "I9": evidence.search is not None,
    }
    return {name for name, looked in seen.items() if not looked}
