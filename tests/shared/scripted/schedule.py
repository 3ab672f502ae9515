"""Where a history breaks and how."""

import itertools
from dataclasses import dataclass
from random import Random
from typing import Literal

from shared.failpoints import PLACES

NOWHERE = "nowhere"

Strike = Literal[
    "killed",  # SIGKILL, as far as the process can tell
    "overtaken",  # another process gets the partitions and works, and this one does not know
    "cut off",  # all connections to the database break
    "unanswered",  # of the next commit in the database nobody hears whether it succeeded
    "committing",  # the tick of another task commits offsets just now
    "giving up",  # a rebalance begins
    "stopping",  # SIGTERM
    "lost",  # some of the next batches do not reach the log
    "unknown",  # some reach it, but nobody hears of that
    "late",  # some reach it much later
    "refused",  # the log refuses the next commit of offsets
]
"""What happens at a place."""

_ANYWHERE: dict[Strike, int] = {
    "killed": 20, "overtaken": 6, "cut off": 1, "unanswered": 2, "committing": 2, "giving up": 2, "stopping": 2,
}  # fmt: skip
_SENDING: dict[Strike, int] = {"lost": 6, "unknown": 6, "late": 6}
_COMMITTING: dict[Strike, int] = {"refused": 8}


def strike_at(place: str, random: Random) -> Strike:
    """Something that may happen there."""
    weights = _ANYWHERE | (_SENDING if "sending" in place else {}) | (_COMMITTING if "committing" in place else {})
    return random.choices([*weights], [*weights.values()])[0]


@dataclass(frozen=True)
class Schedule:
    """A history breaks at two places one after the other, or at one. All else in it follows from this text."""

    first: str
    second: str | None
    number: int

    @classmethod
    def named(cls, name: str) -> "Schedule":
        """The schedule that prints as `name`.

        Raises:
            ValueError: no schedule prints so.
        """
        first, second, number = name.split(" / ")
        for place in {first, second} - {NOWHERE, *PLACES}:
            raise ValueError(f"there is no place '{place}'")
        return cls(first, None if second == NOWHERE else second, int(number))

    def __str__(self) -> str:
        return f"{self.first} / {self.second or NOWHERE} / {self.number}"

    @property
    def places(self) -> list[str]:
        """The one, or the two in their order."""
        return [self.first] if self.second is None else [self.first, self.second]


def schedules(alone: int, of_a_pair: int) -> list[Schedule]:
    """So many of each place and of each ordered pair; each has its first turn before any has its second."""
    singles = itertools.product(range(alone), PLACES, [None])
    pairs = itertools.product(range(of_a_pair), PLACES, PLACES)
    return [Schedule(first, second, number) for number, first, second in (*singles, *pairs)]
