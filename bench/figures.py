"""What a row of the bench comes to: figures with their spread, beside the numbers that they have to hold."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

Standing = Literal["aim", "floor", "missed", ""]
"""`aim` held, only the `floor` held, `missed`, or nothing was asked."""


class Spread(NamedTuple):
    """The median of some measurements, and the two at the ends."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, measured: Sequence[float]) -> "Spread":
        """The spread of at least one measurement."""
        return cls(statistics.median(measured), min(measured), max(measured))


@dataclass(frozen=True)
class Target:
    """`floor` must hold, `aim` is hoped for; with `at_most` the smaller number is the better one."""

    floor: float
    aim: float | None = None
    at_most: bool = False

    def standing(self, value: float) -> Standing:
        """Where a value stands; without an aim, the floor is the aim."""
        if self._holds(value, self.floor if self.aim is None else self.aim):
            return "aim"
        return "floor" if self._holds(value, self.floor) else "missed"

    def _holds(self, value: float, bound: float) -> bool:
        return value <= bound if self.at_most else value >= bound


@dataclass(frozen=True)
class Figure:
    """One number of a row: what was measured, its spread and unit, what it had to be, how it came about."""

    what: str
    spread: Spread
    unit: str
    target: Target | None = None
    detail: str = ""

    @property
    def standing(self) -> Standing:
        """Where its median stands."""
        return self.target.standing(self.spread.median) if self.target else ""

    def line(self) -> str:
        """One line for the screen."""
        low, high = number(self.spread.lowest), number(self.spread.highest)
        spread = "" if low == high else f" ({low} to {high})"
        asked = f"  [{wanted(self.target)}: {self.standing}]" if self.target else ""
        detail = f"  {self.detail}" if self.detail else ""
        return f"{self.what}: {number(self.spread.median)} {self.unit}{spread}{asked}{detail}"

    def as_row(self) -> dict[str, Any]:
        """For the JSON report; `from_row` reads it."""
        return asdict(self) | {"spread": self.spread._asdict()}

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> "Figure":
        """What `as_row` wrote."""
        target = Target(**row["target"]) if row["target"] else None
        return cls(row["what"], Spread(**row["spread"]), row["unit"], target, row["detail"])


def number(value: float) -> str:
    """Three digits that count, thousands with commas: 0.514, 12.3, 68,659."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def wanted(target: Target) -> str:
    """The target in words: `at least 0.5, aim 0.7`."""
    bound = f"at {'most' if target.at_most else 'least'} {number(target.floor)}"
    return bound if target.aim is None else f"{bound}, aim {number(target.aim)}"
