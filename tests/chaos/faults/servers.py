"""What happens to Kafka and PostgreSQL: ended at once, frozen."""

import asyncio
import os
import signal
from collections.abc import Iterable
from contextlib import suppress

import psutil

from tests.chaos.scene import Scene
from tests.chaos.schedule import Fault


async def restart_postgres(scene: Scene, fault: Fault) -> None:
    """Its immediate shutdown, which is a crash, and the recovery from it."""
    await _crash(scene, fault, signal.SIGQUIT)


async def kill_kafka(scene: Scene, fault: Fault) -> None:
    """As a power cut would end it, but for what the system has still to write."""
    await _crash(scene, fault, signal.SIGKILL)


async def _crash(scene: Scene, fault: Fault, number: signal.Signals) -> None:
    part = scene.city.parts[fault.target]
    await part.ready(60)
    part.send(number)
    await part.gone(20)
    await part.ready(60)


async def freeze(scene: Scene, fault: Fault) -> None:
    """All its processes stand still, and go on later as if nothing had been."""
    part = scene.city.parts[fault.target]
    await part.ready(60)
    first = psutil.Process(part.child.pid)
    _send(signal.SIGSTOP, [first.pid])  # it alone starts others, so from now on there are no new ones
    frozen = [first.pid, *(child.pid for child in first.children(recursive=True))]
    try:
        _send(signal.SIGSTOP, frozen)
        await asyncio.sleep(fault.seconds)
    finally:
        _send(signal.SIGCONT, reversed(frozen))


def _send(number: signal.Signals, pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
