"""Places where a test may let the work end: before or after a step of the core. In production there are none."""

import os
import signal
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

SETTING = os.environ.get("ANTAR_FAILPOINTS", "")
"""Empty: no places. `PLACE@N`: the process kills itself at the Nth time. Anything else: `observe` is told."""

PLACES: list[str] = []
"""Every place, when there are any: `before STEP` and `after STEP`."""

Observer = Callable[[str], Awaitable[None]]


def failpoint(step: str) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Name a coroutine function as a step that may end before or after. Without the setting it stays what it was."""

    def mark(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        if not SETTING:
            return function
        before, after = f"before {step}", f"after {step}"
        PLACES.extend((before, after))

        @wraps(function)
        async def watched(*args: P.args, **kwargs: P.kwargs) -> R:
            await _observer[0](before)
            result = await function(*args, **kwargs)
            await _observer[0](after)
            return result

        return watched

    return mark


def observe(observer: Observer | None) -> None:
    """Call `observer` at each place from now on; what it raises ends the work there. None: nobody looks."""
    _observer[0] = observer or _kill_when_due


_reached: dict[str, int] = {}


async def _kill_when_due(place: str) -> None:
    due, _, count = SETTING.partition("@")
    if place == due:
        _reached[place] = _reached.get(place, 0) + 1
        if _reached[place] == int(count or 1):
            os.kill(os.getpid(), signal.SIGKILL)


_observer: list[Observer] = [_kill_when_due]
