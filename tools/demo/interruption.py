"""Ctrl-C ends the concurrent work in order, task by task, and then stops the command as it does everywhere else."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_interruptibly(work: Coroutine[Any, Any, T]) -> T:
    """Like asyncio.run. A handler that raises would raise in whichever task happens to run, and tear the others."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    caught: list[int] = []
    try:
        return asyncio.run(_watched(work, caught))
    except asyncio.CancelledError:
        _restore(before)
        if caught:
            signal.raise_signal(caught[0])  # whoever handled it before handles it now
        raise
    finally:
        _restore(before)


async def _watched(work: Coroutine[Any, Any, T], caught: list[int]) -> T:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def stop(number: int) -> None:
        caught.append(number)
        task.cancel()

    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup is a wish to be respected
            loop.add_signal_handler(number, stop, number)
    return await work


def _restore(handlers: dict[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
