"""Shows how far a long piece of work is by asking, now and then, at the same doors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tools.demo.story import Phase

_EVERY = 0.25


@asynccontextmanager
async def following(phase: Phase, count: Callable[[], Awaitable[int]]) -> AsyncIterator[None]:
    """While the body runs, the phase shows how `count` has grown."""
    before = await count()

    async def follow() -> None:
        while True:
            phase.reached(await count() - before)
            await asyncio.sleep(_EVERY)

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow())
        yield
        task.cancel()
    phase.reached(await count() - before)
