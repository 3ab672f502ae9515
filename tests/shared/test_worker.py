"""Work in the background: it ends when the service does, and trouble does not make it run hot."""

import asyncio

import pytest

from shared.lock import SoleHolder
from shared.messaging.transaction import Database
from shared.worker import Worker
from tests.shared.conftest import Reader


class Steps:
    """A step that does nothing, or fails, and counts."""

    def __init__(self, error: type[Exception] | None = None) -> None:
        self.count = 0
        self.first = asyncio.Event()
        self._error = error

    async def __call__(self, db: Database) -> bool:
        self.count += 1
        self.first.set()
        if self._error:
            raise self._error
        return False


@pytest.fixture
def stopping() -> asyncio.Event:
    return asyncio.Event()


def started(worker: Worker, reader: Reader, stopping: asyncio.Event) -> asyncio.Task[None]:
    lock = SoleHolder(reader.dsn, "dispatch-work")
    return asyncio.create_task(worker.run(Database(reader.pool, "dispatch"), lock, stopping))


@pytest.mark.parametrize("error", [None, OSError])
async def test_a_stop_does_not_wait_for_the_end_of_a_rest_and_leaves_the_lock(
    reader: Reader, stopping: asyncio.Event, error: type[Exception] | None
) -> None:
    step = Steps(error)
    running = started(Worker("work", step, idle=60), reader, stopping)
    await step.first.wait()
    stopping.set()
    async with asyncio.timeout(5):
        await running
        while not await SoleHolder(reader.dsn, "dispatch-work").held():
            pass


async def test_a_step_that_fails_rests_though_others_commit(reader: Reader, stopping: asyncio.Event) -> None:
    step = Steps(OSError)
    worker = Worker("work", step, idle=60)
    running = started(worker, reader, stopping)
    await step.first.wait()
    for _ in range(20):
        worker.wake()
        await asyncio.sleep(0)
    stopping.set()
    await running
    assert step.count == 1


async def test_a_commit_ends_a_rest(reader: Reader, stopping: asyncio.Event) -> None:
    step = Steps()
    worker = Worker("work", step, idle=60)
    running = started(worker, reader, stopping)
    await step.first.wait()
    async with asyncio.timeout(5):
        while step.count < 2:
            worker.wake()
            await asyncio.sleep(0.05)
    stopping.set()
    await running
