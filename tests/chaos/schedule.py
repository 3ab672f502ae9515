"""Which fault strikes what and when: a pure function of the seed and the minutes, so that a bad run can be repeated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from shared.events.catalogue import topics
from tests.chaos.poison import FACTS_ONLY, KNOWN_TO_BE_TAKEN, POISONS
from tools.embedded.launcher import SERVICES

EVERYONE = "all"

PER_MINUTE = 24
ASKED_PER_MINUTE = 20
"""Some faults meet nothing, a process that is still starting, say; so a few more are planned than are asked for."""

FIRST_AT = 5.0
CODA = 24.0
"""Seconds at the end in which services are only asked to stop, one after another, with nothing else going wrong."""
BURST_EVERY, BURST = 15, 4
_ATTEMPTS = 100

PLACES = (
    "before applying",
    "after applying",
    "before reading positions",
    "after claiming",
    "after handling",
    "before queueing",
    "after queueing",
    "after reading the outbox",
    "before sending",
    "after sending",
    "after awaiting acknowledgement",
    "before deleting",
    "after deleting",
    "before committing offsets",
    "after committing offsets",
    "after taking parked records",
)
"""Where a process may die at an exact line; all are passed again and again while there is work."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault. `choices` are its varieties. `rest`: seconds in which its target is then left in peace.

    Every run has it `least` times, or once on every target: more than once where it may find nothing to strike.
    """

    name: str
    targets: tuple[str, ...]
    seconds: tuple[float, float]
    weight: float
    rest: float = 0.0
    least: int = 2
    every_target: bool = False
    choices: tuple[str, ...] = ("",)


class Fault(NamedTuple):
    """One fault: `at` seconds after the start, for `seconds`. `calm`: only when nothing else is wrong."""

    number: int
    kind: str
    target: str
    at: float
    seconds: float
    choice: str
    calm: bool = False


_WIRES = (*SERVICES, EVERYONE)
_MODES = ("cut", "silent", "deaf")
_DELAYS = ("0.05", "0.1", "0.2")
_DEATHS = tuple(f"{place}@{count}" for place in PLACES for count in (1, 2, 5))
_HEARD = tuple(name for name, topic in topics().items() if topic.readers)
_FACTS = tuple(name for name in _HEARD if topics()[name].kind == "facts")


def _topics_for(poison: str) -> tuple[str, ...]:
    if poison in KNOWN_TO_BE_TAKEN:
        return tuple(KNOWN_TO_BE_TAKEN[poison])
    return _FACTS if poison in FACTS_ONLY else _HEARD


KINDS = {
    kind.name: kind
    for kind in (
        Kind("kill", SERVICES, (0, 0), 4, rest=8, every_target=True),
        Kind("stop", SERVICES, (0, 0), 3, rest=8, every_target=True),
        Kind("freeze", SERVICES, (6.5, 10), 3, rest=8),
        Kind("freeze beside an heir", SERVICES, (7, 10), 2, rest=14),
        Kind("rebalance storm", SERVICES, (10, 12), 2, rest=8, choices=("TKT", "KTT", "TTK", "KKT")),
        Kind("death at a line", SERVICES, (20, 20), 3, rest=8, least=3, choices=_DEATHS),
        Kind("clock forward", SERVICES, (5, 15), 1.5),
        Kind("clock back", SERVICES, (5, 15), 1.5),
        Kind("postgres restart", ("postgres",), (0, 0), 2, rest=6),
        Kind("postgres freeze", ("postgres",), (2.5, 9), 2, rest=6),
        Kind("postgres disk full", ("postgres",), (3, 5), 1, rest=12),
        Kind("postgres cut", _WIRES, (2, 18), 2, rest=3, choices=_MODES),
        Kind("postgres slow", _WIRES, (4, 8), 1.5, rest=2, choices=_DELAYS),
        Kind("kafka kill", ("kafka",), (0, 0), 2, rest=10),
        Kind("kafka freeze", ("kafka",), (2.5, 15), 2, rest=8),
        Kind("kafka disk full", ("kafka",), (3, 5), 1, rest=14),
        Kind("kafka cut", _WIRES, (2, 18), 2, rest=3, choices=_MODES),
        # Longer than a relay waits for acknowledgements and its producer for its end: what was under way is never sent.
        Kind("kafka long cut", (EVERYONE,), (27, 30), 0.3, rest=5, least=1, choices=("cut",)),
        Kind("kafka slow", _WIRES, (4, 8), 1.5, rest=2, choices=_DELAYS),
        Kind("replay", _HEARD, (0, 0), 3),
        *(Kind(f"poison: {poison}", _topics_for(poison), (0, 0), 0.5, least=1) for poison in POISONS),
    )
}


def plan(seed: int, minutes: int) -> list[Fault]:
    """All faults of a run in the order of time; the same seed and minutes give the same faults.

    Drawn anew, by more dice, until there is room for all that every run must have; in a minute there never is.
    """
    drawings = (_drawn(Random(f"chaos {seed} {minutes} {attempt}"), minutes) for attempt in range(_ATTEMPTS))
    first = next(drawings)
    drawing = first if first.complete else next((d for d in drawings if d.complete), first)
    coda = [
        ("stop", service, 60.0 * minutes - CODA + 2 + 5 * turn, 0.0, "", True)
        for turn, service in enumerate(drawing.in_any_order(SERVICES))
    ]
    return [Fault(number, *fault) for number, fault in enumerate([*drawing.faults, *coda], start=1)]


def _drawn(dice: Random, minutes: int) -> "_Drawing":
    drawing = _Drawing(dice, end=60.0 * minutes - CODA)
    for at in _moments(dice, minutes):
        drawing.next_at(at)
    return drawing


def asked(minutes: int) -> int:
    """How many faults a run of so many minutes must have seen."""
    return ASKED_PER_MINUTE * minutes


def _moments(dice: Random, minutes: int) -> Iterator[float]:
    """When something goes wrong: about evenly over the time, and now and then several things at once."""
    count = PER_MINUTE * minutes - len(SERVICES)
    pace = (60.0 * minutes - CODA - FIRST_AT) / count
    together = 0.0
    for turn in range(count):
        if turn % BURST_EVERY >= BURST or turn % BURST_EVERY == 0:
            together = round(FIRST_AT + pace * (turn + dice.random()), 2)
        yield together


class _Drawing:
    """Draws faults one after another; first what every run must have, then by weight."""

    def __init__(self, dice: Random, end: float) -> None:
        self.faults: list[tuple[str, str, float, float, str, bool]] = []
        self._dice = dice
        self._end = end
        self._musts = [
            (kind, target)
            for kind in KINDS.values()
            for target in (kind.targets if kind.every_target else dice.choices(kind.targets, k=kind.least))
        ]
        dice.shuffle(self._musts)
        self._free_at: dict[str, float] = {}

    @property
    def complete(self) -> bool:
        """Whether all that every run must have was drawn."""
        return not self._musts

    def in_any_order(self, things: Sequence[str]) -> list[str]:
        """All of them, shuffled."""
        return self._dice.sample(things, len(things))

    def next_at(self, at: float) -> None:
        """One fault at this moment, if any has a target that may be struck now."""
        for kind, target in self._candidates():
            seconds = round(self._dice.uniform(*kind.seconds), 1)
            things = _things(kind.name, target)
            if at + seconds > self._end or any(self._free_at.get(thing, 0) > at for thing in things):
                continue
            self._free_at |= dict.fromkeys(things, at + seconds + kind.rest)
            if (kind, target) in self._musts:
                self._musts.remove((kind, target))
            self.faults.append((kind.name, target, at, seconds, self._dice.choice(kind.choices), False))
            return

    def _candidates(self) -> Iterator[tuple[Kind, str]]:
        yield from list(self._musts)
        kinds = list(KINDS.values())
        for kind in self._dice.choices(kinds, [kind.weight for kind in kinds], k=30):
            yield kind, self._dice.choice(kind.targets)


def touched(fault: Fault) -> set[str]:
    """What two faults must not touch at the same time."""
    own = {"the calm"} if fault.calm else set()
    return own | _things(fault.kind, fault.target)


def _things(kind: str, target: str) -> set[str]:
    if kind.startswith("poison") or kind == "replay":
        return set()
    if kind.startswith("clock"):
        return {f"clock of {target}"}
    if target in ("kafka", "postgres"):
        return {target}
    if kind.endswith((" cut", " slow")):
        server = kind.split(maxsplit=1)[0]
        return {f"{service} to {server}" for service in (SERVICES if target == EVERYONE else (target,))}
    return {target}
