"""Work that a service does by itself, in the background, in one process at a time: printing, sending messages."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from shared.messaging.lock import SoleHolder
from shared.messaging.transaction import Database

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

    async def run(self, db: Database, lock: SoleHolder, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set."""
        failures = 0
        while not stopping.is_set():
            self._woken.clear()
            more = False
            try:
                more = await lock.held() and await self.step(db)
                failures = 0
            except Exception as error:
                failures += 1
                log.exception("worker_failed", worker=self.name, error=type(error).__name__, failures=failures)
            if not more:
                await self._rest(
                    min(30.0, self._idle * 2**failures) * random.uniform(0.5, 1) if failures else self._idle
                )

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
