"""What comes by the log itself: a whole topic once more, and poison."""

import asyncio
from random import Random

from aiokafka.errors import KafkaError

from tests.chaos.injection import PATIENCE
from tests.chaos.poison import drafts
from tests.chaos.scene import MissedError, Scene
from tests.chaos.schedule import Fault


async def replay(scene: Scene, fault: Fault) -> None:
    """Every record of the topic again, behind what is there."""
    deadline = scene.now + PATIENCE
    while True:
        try:
            await scene.injector.replay(fault.target)
            return
        except (KafkaError, OSError, TimeoutError) as reason:
            if scene.now > deadline:
                raise MissedError(f"the broker was away for too long ({type(reason).__name__})") from reason
            await asyncio.sleep(1)


async def poison(scene: Scene, fault: Fault) -> None:
    """A record that no good writer would write."""
    dice = Random(f"poison {scene.seed} {fault.number}")
    records = drafts(fault.kind.removeprefix("poison: "), fault.target, dice)
    try:
        await scene.injector.write(records)
    except KafkaError as reason:
        raise MissedError(f"the broker did not take it ({type(reason).__name__})") from reason
