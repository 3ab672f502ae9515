"""Shows how far a long piece of work is by asking, now and then, at the same doors."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tools.demo.story import Phase

_EVERY = 0.25
_COST = 20
"""Counting a large city takes its time; not more than a twentieth of it may go into counting."""


@asynccontextmanager
async def following(phase: Phase, count: Callable[[], Awaitable[int]]) -> AsyncIterator[None]:
    """While the body runs, the phase shows how `count` has grown."""
    before = await count()

    async def follow() -> None:
        while True:
            began = time.monotonic()
            phase.reached(await count() - before)
            await asyncio.sleep(max(_EVERY, _COST * (time.monotonic() - began)))

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow())
        yield
        task.cancel()
    phase.reached(await count() - before)
