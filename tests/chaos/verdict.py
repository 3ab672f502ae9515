"""What the checker answers: violations, each with the first key that offends, and a report of one line per invariant."""

from dataclasses import dataclass

INVARIANTS = {
    "I1": "nothing that was committed is lost",
    "I2": "nothing is on the log that was not committed",
    "I3": "each effect happened once",
    "I4": "versions of an aggregate rise without gaps",
    "I5": "blanks are conserved, a serial is used once, nobody gets two cards",
    "I6": "lag and outbox are zero within 30 s after the last fault",
    "I7": "parked is the injected poison and what queued behind it",
    "I8": "SIGTERM ends a service in 25 s with code 0 and no duplicates",
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
