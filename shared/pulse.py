"""Whether the parts of a process still move, and its end when one of them does not: a supervisor starts it anew.

A part gives a sign of life when it begins a piece of work and whenever it gets on with it; trouble that is tried again
is a sign, too. So an outage ends nothing, but work that waits for what never comes does.
"""

import asyncio
import contextvars
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

import structlog

from shared.logging import places

log = structlog.get_logger()

LOOP, POLL, RELAY = WATCHED = ("loop", "poll", "relay")
"""Parts whose standstill ends the process. Workers are only shown: nobody knows how long a piece of theirs may take."""

LOOK_SECONDS: Final = 1.0
LAST_WORDS_SECONDS: Final = 5.0
EXIT_STUCK: Final = 70


@dataclass(slots=True)
class _AtWork:
    sign: float
    task: "asyncio.Task[Any] | None"


class Pulse:
    """What the parts of this process are at. One process, one pulse; read from another thread as well."""

    def __init__(self) -> None:
        self._parts: dict[str, _AtWork] = {}

    @contextmanager
    def at_work(self, part: str) -> Iterator[None]:
        """Around a piece of work of one part, which does one at a time."""
        self._parts[part] = _AtWork(time.monotonic(), asyncio.current_task())
        try:
            yield
        finally:
            del self._parts[part]

    def alive(self, part: str) -> None:
        """A sign of life; of a part that is not at work it means nothing."""
        # In place: handlers say it after each event.
        if (known := self._parts.get(part)) is not None:
            known.sign = time.monotonic()

    def signs(self) -> Mapping[str, float]:
        """When each part that is at work gave its last sign, on the monotonic clock."""
        return {part: at.sign for part, at in self._parts.copy().items()}

    def silent(self) -> Mapping[str, float]:
        """For how many seconds each part that is at work has given no sign."""
        now = time.monotonic()
        return {part: now - sign for part, sign in self.signs().items()}

    def stands(self, part: str) -> list[str]:
        """Where in the code a part waits, outermost first; empty when it is not known."""
        known = self._parts.get(part)
        return places(_waiting(known.task)) if known is not None and known.task is not None else []


def watch(pulse: Pulse, limit: float, end: Callable[[int], None] = os._exit) -> None:
    """Ends this process, from a thread that needs no event loop, once a watched part is silent for `limit` seconds.

    Seconds are counted by looks: a process that was frozen as a whole has not been silent for longer than it ran.
    """
    main = threading.get_ident()

    def look_on() -> None:
        seen: dict[str, tuple[float, float]] = {}
        while True:
            time.sleep(LOOK_SECONDS)
            seen = {part: (sign, _silence(seen.get(part), sign)) for part, sign in pulse.signs().items()}
            for part in WATCHED:
                if part in seen and seen[part][1] >= limit:
                    _say(pulse, part, seen[part][1], main)
                    end(EXIT_STUCK)
                    return

    # With the context of who asks, or its line would not name the service.
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(look_on,), name="watchdog", daemon=True).start()


def _silence(before: tuple[float, float] | None, sign: float) -> float:
    return before[1] + LOOK_SECONDS if before is not None and before[0] == sign else 0.0


def _say(pulse: Pulse, part: str, seconds: float, main: int) -> None:
    def line() -> None:
        at = places(_running(main)) if part == LOOP else pulse.stands(part)
        log.critical("stuck", part=part, seconds=round(seconds), at=at)

    # What is stuck may be the writing of lines itself: it must not hold up the end.
    saying = threading.Thread(target=contextvars.copy_context().run, args=(line,), daemon=True)
    saying.start()
    saying.join(LAST_WORDS_SECONDS)


def _running(thread: int) -> list[FrameType]:
    found: list[FrameType] = []
    frame = sys._current_frames().get(thread)
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found[::-1]


def _waiting(task: "asyncio.Task[Any]") -> list[FrameType]:
    # A task's own stack is its outermost frame; what that waits for, and so on, is the way to where it stands.
    found: list[FrameType] = []
    step: Any = task.get_coro()
    while step is not None and len(found) < 100:
        frame = getattr(step, "cr_frame", None) or getattr(step, "gi_frame", None) or getattr(step, "ag_frame", None)
        if frame is None:
            break
        found.append(frame)
        step = getattr(step, "cr_await", None) or getattr(step, "gi_yieldfrom", None) or getattr(step, "ag_await", None)
    return found
