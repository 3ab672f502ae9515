"""Two ways of doing the same work, timed in turn (A B B A …), so that a drifting machine harms both alike."""

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

Work = Callable[[], Awaitable[float]]
"""Prepares, does the work, and returns the seconds that the work alone took."""


@dataclass(frozen=True)
class Comparison:
    """What one pair came to; rates in events per second, `ratio` is ours over the other's, pair by pair."""

    name: str
    against: str
    events: int
    ours_per_second: int
    other_per_second: int
    ratio: float
    ratio_lowest: float
    ratio_highest: float
    aim: float

    def line(self) -> str:
        """One line for the screen."""
        return (
            f"{self.name} / {self.against}: {self.ours_per_second:,} / {self.other_per_second:,} events/s"
            f" = {self.ratio:.2f} ({self.ratio_lowest:.2f} to {self.ratio_highest:.2f}; floor {self.aim})"
        )

    def as_row(self) -> dict[str, object]:
        """For the JSON report."""
        return asdict(self)


class Stopwatch:
    """`with Stopwatch() as s: …` then `s.seconds`."""

    seconds = 0.0

    def __enter__(self) -> "Stopwatch":
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._start


async def compare(
    name: str, ours: Work, against: str, other: Work, *, events: int, aim: float, repeats: int = 5
) -> Comparison:
    """Time both `repeats` times after one warm-up each."""
    await ours()
    await other()
    mine: list[float] = []
    theirs: list[float] = []
    for n in range(repeats):
        for work, seconds in ((ours, mine), (other, theirs))[:: 1 if n % 2 else -1]:
            seconds.append(await work())
    ratios = [t / m for m, t in zip(mine, theirs, strict=True)]
    return Comparison(
        name,
        against,
        events,
        round(events / statistics.median(mine)),
        round(events / statistics.median(theirs)),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        aim,
    )
