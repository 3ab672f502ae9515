"""Ctrl-C in the middle of concurrent work: every task is ended, and the caller's own handler decides what follows."""

import asyncio
import signal
from types import FrameType

import pytest

from tools.demo.interruption import run_interruptibly


def test_every_task_is_ended_before_the_command_stops() -> None:
    ended: list[str] = []

    async def wait_for_ever(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(wait_for_ever("one"))
            tasks.create_task(wait_for_ever("two"))
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGTERM)

    handled: list[int] = []

    def handler(number: int, _frame: FrameType | None) -> None:
        handled.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_interruptibly(work())
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert sorted(ended) == ["one", "two"]
    assert handled == [signal.SIGTERM]


def test_undisturbed_work_gives_its_result_and_leaves_the_handlers_alone() -> None:
    before = signal.getsignal(signal.SIGINT)

    async def work() -> int:
        return 7

    assert run_interruptibly(work()) == 7
    assert signal.getsignal(signal.SIGINT) is before
