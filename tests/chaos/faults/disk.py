"""A server's disk is full for a while."""

import asyncio

from tests.chaos.scene import MissedError, Scene
from tests.chaos.schedule import Fault


async def fill(scene: Scene, fault: Fault) -> None:
    """Not a byte is left; the server may fail, die and fail to start until there is room again."""
    disk = scene.city.disks.get(fault.target)
    if disk is None:
        raise MissedError("no disks can be mounted here")
    part = scene.city.parts[fault.target]
    await part.ready(60)
    await asyncio.to_thread(disk.fill)
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        await asyncio.to_thread(disk.free)
    await part.ready(60)
