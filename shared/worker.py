"""Work that a service does by itself, in the background, in one process at a time."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

import structlog

from shared.lock import SoleHolder
from shared.messaging.transaction import Database
from shared.pulse import Pulse

log = structlog.get_logger()

Step = Callable[[Database], Awaitable[bool]]
"""Does the next piece of work; True when there may be more at once."""


class Worker:
    """Repeats `step` while this process holds the worker's lock; rests when there is nothing to do.

    A step commits by itself and must be safe to repeat after a crash at any line. A failing step is tried
    again after a pause; nothing is skipped.
    """

    def __init__(self, name: str, step: Step, *, idle: float = 1.0) -> None:
        self.name = name
        self.step = step
        self._idle = idle
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for work now."""
        self._woken.set()

    async def run(self, db: Database, lock: SoleHolder, stopping: asyncio.Event, pulse: Pulse | None = None) -> None:
        """Work until `stopping` is set, which also ends a rest; then give up the lock."""
        failures, pulse = 0, pulse or Pulse()
        while not stopping.is_set():
            self._woken.clear()
            more = False
            try:
                with pulse.at_work(f"worker {self.name}"):
                    more = await lock.held() and await self.step(db)
                failures = 0
            except Exception:
                failures += 1
                log.exception("worker_failed", worker=self.name, failures=failures)
            if failures:
                # Not to be woken: where much is committed, trouble would be tried again without a pause.
                await _first_of([stopping], min(30.0, self._idle * 2**failures) * random.uniform(0.5, 1))
            elif not more:
                await _first_of([stopping, self._woken], self._idle)
        await lock.release()


async def _first_of(events: Sequence[asyncio.Event], seconds: float) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
