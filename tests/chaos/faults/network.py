"""What happens to the wires between the services and a server: cut, silent, deaf, slow."""

import asyncio

from tests.chaos.proxy import Mode, Wire
from tests.chaos.scene import Scene
from tests.chaos.schedule import Fault

_MODES: dict[str, Mode] = {"cut": "cut", "silent": "silent", "deaf": "deaf"}


async def cut(scene: Scene, fault: Fault) -> None:
    """Nothing, or nothing of the answers, gets through; `choice` says how."""
    await _harm(scene, fault, _MODES[fault.choice], 0.0)


async def slow(scene: Scene, fault: Fault) -> None:
    """Every piece is late by `choice` seconds."""
    await _harm(scene, fault, "slow", float(fault.choice))


async def _harm(scene: Scene, fault: Fault, mode: Mode, delay: float) -> None:
    wires: list[Wire] = scene.city.wires_of(fault.target, server=fault.kind.split(maxsplit=1)[0])
    for wire in wires:
        wire.harm(mode, delay)
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        for wire in wires:
            wire.mend()
