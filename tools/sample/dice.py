"""Chance that falls the same way for the same seed, on every machine and in every Python."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """All draws come from `Random.random()`: the only method that Python promises never to change."""

    def __init__(self, seed: int, name: str) -> None:
        """Dice of another `name` fall independently, so that one part may draw more without moving the others."""
        self._random = random.Random(f"{seed}/{name}").random

    def chance(self, share: float) -> bool:
        """True in this share of the throws."""
        return self._random() < share

    def number(self, first: int, last: int) -> int:
        """A whole number from `first` to `last`, both included."""
        return first + int(self._random() * (last - first + 1))

    def pick(self, among: Sequence[T]) -> T:
        """One of them, each as likely as the other."""
        return among[int(self._random() * len(among))]
