"""A service's clock is five minutes wrong for a while: one step there, one step back."""

import asyncio

from tests.chaos import clocks
from tests.chaos.scene import MissedError, Scene
from tests.chaos.schedule import Fault


async def step_forward(scene: Scene, fault: Fault) -> None:
    """It is later than it is."""
    await _step(scene, fault, clocks.STEP)


async def step_back(scene: Scene, fault: Fault) -> None:
    """It is earlier than it is."""
    await _step(scene, fault, -clocks.STEP)


async def _step(scene: Scene, fault: Fault, seconds: int) -> None:
    if not clocks.possible():
        raise MissedError("clocks cannot be set wrong here")
    clock = scene.city.clocks[fault.target]
    clock.set(seconds)
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        clock.set(0)
