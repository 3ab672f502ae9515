"""Two ways of doing the same work, timed in turn (A B B A …), so that a drifting machine harms both alike."""

import cProfile
import gc
import time
from collections.abc import Awaitable, Callable

from bench.figures import Figure, Spread, Target, number

Work = Callable[[], Awaitable[float]]
"""Prepares, does the work, and returns its rate: events per second of the work alone."""


class Stopwatch:
    """`with Stopwatch() as watch: …` then `watch.seconds`; or `start` and `stop` where they are far apart.

    With a profiler, what runs between the two is profiled as well.
    """

    seconds = 0.0

    def __init__(self, profiler: cProfile.Profile | None = None) -> None:
        self._profiler = profiler

    def start(self) -> None:
        """From now on."""
        if self._profiler:
            self._profiler.enable()
        self._began = time.perf_counter()

    def stop(self) -> None:
        """Until now."""
        self.seconds = time.perf_counter() - self._began
        if self._profiler:
            self._profiler.disable()

    def __enter__(self) -> "Stopwatch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


async def compare(
    name: str, ours: Work, against: str, other: Work, *, repeats: int, target: Target | None = None, about: str = ""
) -> Figure:
    """Time both `repeats` times after one warm-up each; the figure is our rate over the other's, pair by pair."""
    await ours()
    await other()
    mine: list[float] = []
    theirs: list[float] = []
    for n in range(repeats):
        for work, rates in ((ours, mine), (other, theirs))[:: 1 if n % 2 else -1]:
            gc.collect()
            rates.append(await work())
    ratio = Spread.of([m / t for m, t in zip(mine, theirs, strict=True)])
    rates_ = f"{number(Spread.of(mine).median)} / {number(Spread.of(theirs).median)} events/s"
    return Figure(f"{name} / {against}", ratio, "×", target, f"{rates_}; {about}" if about else rates_)
