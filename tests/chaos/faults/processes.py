"""What happens to one process of a service: killed, asked to stop, frozen, dead at an exact line."""

import asyncio
import signal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.events.catalogue import topics
from tests.chaos.parts import Part
from tests.chaos.scene import MissedError, Scene
from tests.chaos.schedule import Fault

CLEAN_STOP = 25.0
_CALM = 60.0


async def kill(scene: Scene, fault: Fault) -> None:
    """As a power cut would end it."""
    part = scene.city.parts[fault.target]
    await part.opened()
    part.send(signal.SIGKILL)
    await part.gone(10)


async def stop(scene: Scene, fault: Fault) -> None:
    """Ask it to end; it is started again once its topics' ends are known."""
    part = scene.city.parts[fault.target]
    await (scene.calm(fault, _CALM) if fault.calm else part.opened())
    part.hold()
    try:
        asked_at = scene.now
        part.send(signal.SIGTERM)
        if not await part.gone(CLEAN_STOP):
            part.send(signal.SIGKILL)
            await part.gone(10)
        alone = not scene.city.companions(fault.target)
        if alone and not scene.disturbed(asked_at, fault):
            await _keep_ends(scene, part, fault.target)
    finally:
        part.release()
    await part.ready(60)


async def _keep_ends(scene: Scene, part: Part, service: str) -> None:
    said = [TopicPartition(t.name, n) for t in topics().values() if t.owner == service for n in range(t.partitions)]
    try:
        async with AIOKafkaConsumer(bootstrap_servers=scene.city.kafka.bootstrap) as consumer:
            ends = await consumer.end_offsets(said)
    except (KafkaError, OSError, TimeoutError):
        return
    part.add_ends({(where.topic, where.partition): end for where, end in ends.items()})


async def freeze(scene: Scene, fault: Fault) -> None:
    """Longer than its session, so that it wakes up without its partitions and its locks, and does not know."""
    part = scene.city.parts[fault.target]
    await part.opened()
    part.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        part.send(signal.SIGCONT)


async def die_at_a_line(scene: Scene, fault: Fault) -> None:
    """Start it so that it kills itself the so-and-so-manieth time it comes to a place of the core."""
    part = scene.city.parts[fault.target]
    await part.opened()
    before = len(part.lives)
    part.tell_next({"ANTAR_FAILPOINTS": fault.choice})
    part.send(signal.SIGKILL)
    if not await part.lived(before + 2, fault.seconds):
        part.send(signal.SIGKILL)
        raise MissedError("the place was not reached")
