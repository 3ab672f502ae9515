"""Two processes of one service at once: an heir beside a frozen one, members that come and go."""

import asyncio
import signal

from tests.chaos.faults.processes import CLEAN_STOP
from tests.chaos.parts import NotUpError, Part
from tests.chaos.scene import MissedError, Scene
from tests.chaos.schedule import Fault

_ENDS = {"T": signal.SIGTERM, "K": signal.SIGKILL}


async def freeze_beside_an_heir(scene: Scene, fault: Fault) -> None:
    """The frozen one's partitions and locks go to its heir; then it wakes up in the middle of what it was doing."""
    part = scene.city.parts[fault.target]
    heir = await scene.city.guest(fault.target)
    try:
        await _there(heir)
        await part.opened()
        part.send(signal.SIGSTOP)
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            part.send(signal.SIGCONT)
        await part.opened()
        await _end(heir, signal.SIGTERM)
    finally:
        await heir.end()


async def storm(scene: Scene, fault: Fault) -> None:
    """Another member joins and leaves, and another, and another: each time all partitions are dealt out anew."""
    for letter in fault.choice:
        guest = await scene.city.guest(fault.target)
        try:
            await _there(guest)
            await _end(guest, _ENDS[letter])
        finally:
            await guest.end()


async def _there(guest: Part) -> None:
    try:
        await guest.opened(20)
    except NotUpError as reason:
        raise MissedError(str(reason)) from reason


async def _end(guest: Part, number: signal.Signals) -> None:
    guest.send(number)
    await guest.gone(CLEAN_STOP)
