"""Deals every card in exactly its share, so that a small sample has the rare cases too."""

from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Deck(Generic[T]):
    """Each deal is the card that is furthest behind its share."""

    def __init__(self, cards: Sequence[tuple[T, float]]) -> None:
        """`cards` with their weights; the weights need not add up to one."""
        total = sum(weight for _, weight in cards)
        self._cards = [card for card, _ in cards]
        self._shares = [weight / total for _, weight in cards]
        self._dealt = [0] * len(cards)

    def deal(self) -> T:
        """The next card."""
        dealt = sum(self._dealt) + 1
        behind = [share * dealt - had for share, had in zip(self._shares, self._dealt, strict=True)]
        at = behind.index(max(behind))
        self._dealt[at] += 1
        return self._cards[at]
