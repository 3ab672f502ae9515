"""I1, I2, I3, I5 and I6 of the domain: the four databases against each other and against the topics.

The comparison itself is the demonstration's; here each of its sentences finds its invariant and its first key.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from tests.chaos.evidence import City
from tests.chaos.verdict import Violation
from tools.demo.books import Books, Expected, Log, Told
from tools.demo.checks import Check, compare

_ELSEWHERE = ("script-", "told-", "parked ", "log-versions")
"""Judged by other checks, with the keys at hand; and there is no script."""

_INVARIANTS = {
    "conserved": "I5",
    "reserved": "I5",
    "blanks-received": "I5",
    "allocations": "I5",
    "printed-on-blanks": "I5",
    "spoiled": "I5",
    "serials": "I5",
    "serials-once": "I5",
    "serials-used": "I5",
    "log-headers": "I2",
    "log-keys": "I2",
    "assigned": "I1",
    "assigned-documents": "I2",
    "application-states": "I3",
    "order-states": "I3",
    "delivery-states": "I3",
    "holders": "I3",
    "outbox": "I6",
    "messages-at-rest": "I6",
}
"""By the first word of a check. The others compare a cause with its effect: too few of the right side is a loss."""

_TOO_MANY = {"visits": "I3", "recorded-once": "I3", "printed-once": "I3", "delivered-once": "I3"}
"""Where too many on the right side are repetitions; elsewhere they are effects without a cause."""


def judge_city(city: City) -> Iterator[Violation]:
    """Whatever the demonstration's comparison finds."""
    for check in _compared(city.books, city.log):
        if check.name.startswith(_ELSEWHERE):
            continue
        for invariant, missing, count in _sides(check):
            key = _first_key(city, check.name, missing=missing) if check.apart else ""
            sentence = f"not so: {check.sentence} ({check.left} and {check.right})"
            yield Violation(invariant, check.name, key, sentence, count)


def _compared(books: Books, log: Log) -> list[Check]:
    nothing: Counter[str] = Counter()
    return compare(books, log, Expected(0, nothing, 0, 0, nothing, nothing), Told(nothing))


def _sides(check: Check) -> Iterator[tuple[str, bool, int]]:
    """(invariant, whether it is missing on the right side, how many)."""
    word = check.name.split()[0]
    missing, extra = _missing(check), _extra(check)
    if missing:
        yield _INVARIANTS.get(word, "I1"), True, missing
    if extra:
        yield _INVARIANTS.get(word) or _TOO_MANY.get(word) or ("I2" if check.apart else "I3"), False, extra


def _missing(check: Check) -> int:
    # What stands on the left alone; where sides are plain numbers, how much the left is larger.
    return (check.apart + check.left - check.right) // 2 if check.apart else max(0, check.left - check.right)


def _extra(check: Check) -> int:
    return (check.apart + check.right - check.left) // 2 if check.apart else max(0, check.right - check.left)


def _first_key(city: City, name: str, *, missing: bool) -> str:
    """The lowest key that is apart: the comparison is made again over the first half of all keys, and so on."""
    keys = sorted(_keys(city))
    apart = _missing if missing else _extra

    def found(count: int) -> bool:
        check = next(c for c in _compared(*_over(city, frozenset(keys[:count]))) if c.name == name)
        return apart(check) > 0

    return keys[bisect_left(range(1, len(keys) + 1), True, key=found)]


def _keys(city: City) -> set[str]:
    sets = [value for value in (getattr(city.books, f.name) for f in fields(Books)) if isinstance(value, frozenset)]
    counted = (city.books.serials, city.books.visits, city.log.serials, city.log.visits)
    return set().union(*sets, *city.log.keys.values(), *counted)


def _over(city: City, keys: frozenset[str]) -> tuple[Books, Log]:
    """Books and log as if there were these keys alone."""
    books, log = city.books, city.log
    own = {f.name: getattr(books, f.name) for f in fields(Books)}
    sets: dict[str, Any] = {name: value & keys for name, value in own.items() if isinstance(value, frozenset)}
    less = replace(books, **sets, serials=_only(books.serials, keys), visits=_only(books.visits, keys))
    said = {type_: found & keys for type_, found in log.keys.items()}
    return less, replace(log, keys=said, serials=_only(log.serials, keys), visits=_only(log.visits, keys))


def _only(counted: Counter[str], keys: frozenset[str]) -> Counter[str]:
    return Counter({key: n for key, n in counted.items() if key in keys})
