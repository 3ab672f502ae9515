"""One run: a city with traffic, faults by the plan, rest, evidence."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.chaos.city import City
from tests.chaos.collect import Platform, collect
from tests.chaos.evidence import Evidence, Recovery, Run
from tests.chaos.faults import STRIKES
from tests.chaos.injection import Injector
from tests.chaos.load import Load
from tests.chaos.parts import NotUpError
from tests.chaos.rest import recovery
from tests.chaos.scene import Event, MissedError, Scene
from tests.chaos.schedule import Fault, touched
from tests.end_to_end.demo_cases import personal_data

Say = Callable[[str], None]

_BUSY = 20.0
_LONGEST = 150.0
_MENDING = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has come to, before anyone has judged it. `left`: what kept it from coming to rest, "" if nothing."""

    events: Sequence[Event]
    evidence: Evidence
    recovery: Recovery
    left: str
    applications: int
    refused: dict[str, int]


class Runner:
    """Runs a plan in `folder`, which must be empty."""

    def __init__(self, folder: Path, seed: int, minutes: int, faults: Sequence[Fault], say: Say) -> None:
        self._folder = folder
        self._seed = seed
        self._minutes = minutes
        self._faults = faults
        self._say = say
        self._locks: dict[str, asyncio.Lock] = {}

    async def run(self) -> Outcome:
        """From the empty folder to the evidence."""
        self._say("Starting the city")
        async with AsyncExitStack() as stack:
            city = await stack.enter_async_context(City(self._folder, self._seed, 384 + 48 * self._minutes))
            load = Load(city.urls, city.sign_in, self._seed, self._minutes, self._folder)
            await stack.enter_async_context(load.doors)
            scene = Scene(city, Injector(city.kafka.bootstrap), self._seed)
            await self._trouble(scene, load)
            self._say("All faults are healed; waiting for rest")
            await city.all_up()
            city.let_time_pass()
            found, left = await recovery(self._folder, load.doors)
            return await self._outcome(scene, load, found, left)

    async def _trouble(self, scene: Scene, load: Load) -> None:
        async with asyncio.TaskGroup() as tasks:
            people = tasks.create_task(load.run())
            async with asyncio.TaskGroup() as strikes:
                for fault in self._faults:
                    strikes.create_task(self._strike(scene, fault))
            load.stop()
            await people

    async def _strike(self, scene: Scene, fault: Fault) -> None:
        await asyncio.sleep(max(0.0, fault.at - scene.now))
        event = Event(fault)
        scene.events.append(event)
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(_LONGEST if fault.calm else _BUSY):
                    for thing in sorted(touched(fault)):
                        await held.enter_async_context(self._locks.setdefault(thing, asyncio.Lock()))
                event.began = scene.now
                await _to_its_end(STRIKES[fault.kind](scene, fault))
            except (MissedError, NotUpError, TimeoutError) as reason:
                event.missed = str(reason) or "its target was still being struck"
            event.ended = scene.now
        self._tell(event)

    def _tell(self, event: Event) -> None:
        fault = event.fault
        began = fault.at if event.began is None else event.began
        said = f"(missed: {event.missed})" if event.missed else ""
        what = f"{fault.kind} {fault.target} {fault.choice} {said}".strip()
        self._say(f"{began:7.1f} - {event.ended:6.1f} s  {fault.number:3d}. {what}")

    async def _outcome(self, scene: Scene, load: Load, found: Recovery, left: str) -> Outcome:
        city = scene.city
        run = Run(
            injected=await scene.injector.found(),
            lives=city.lives,
            recovery=found,
            canaries=sorted(personal_data(load.sample)),
        )
        platform = Platform(city.addresses, city.kafka.bootstrap, city.logs, await _texts(city))
        began = time.monotonic()
        evidence = await collect(platform, run)
        self._say(f"Evidence collected in {time.monotonic() - began:.0f} s")
        return Outcome(scene.events, evidence, found, left, load.applications, dict(load.doors.refused))


async def _to_its_end(strike: Coroutine[Any, Any, None]) -> None:
    """In a task of its own: whatever a client makes of being cancelled, the run goes on."""
    task = asyncio.create_task(strike)
    try:
        await asyncio.wait({task}, timeout=_LONGEST)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_MENDING)
    if not task.done() or task.cancelled():
        raise MissedError("it did not come to its end")
    task.result()


async def _texts(city: City) -> dict[str, str]:
    """What the services show to machines, and what they answer to a request that makes no sense."""
    texts: dict[str, str] = {}
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        for name, url in city.urls.items():
            texts[f"metrics of {name}"] = (await client.get(f"{url}/metrics")).text
            texts[f"refusal of {name}"] = (await client.get(f"{url}/no-such-page")).text
    return texts
