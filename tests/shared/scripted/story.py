"""A short history of the miniature service in which something breaks at one place and then at another."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from random import Random
from typing import Any

from tests.shared.scripted.invariants import violated
from tests.shared.scripted.process import Killed, Process
from tests.shared.scripted.schedule import Schedule, strike_at
from tests.shared.scripted.service import TOPICS, Kind, forge, say
from tests.shared.scripted.world import World

Act = Callable[[Process], Awaitable[object]]

PATIENCE = 30.0
"""Seconds; a history takes some hundredths of one."""


class Story:
    """One history after one schedule. A life of a process for each place, each with all that leads there."""

    def __init__(self, world: World, schedule: Schedule) -> None:
        self._world = world
        self._random = Random(str(schedule))
        self._armed = [(place, self._random.choice((1, 1, 1, 1, 2))) for place in schedule.places]
        self._forging = any("stream" in place for place in schedule.places) or self._now_and_then(0.03)
        self._said: set[Kind] = set()
        self._heirs: list[Process] = []
        self._beside: set[asyncio.Task[None]] = set()
        self._wrong: list[str] = []
        self.struck: list[str] = []

    async def run(self) -> list[str]:
        """Tell it to its end; returns what is wrong then."""
        self._world.begin(self._random)
        async with asyncio.timeout(PATIENCE):
            process = await self._life(None)
            if self._armed:
                process = await self._life(process)
            if self._armed and self._now_and_then(0.3):
                process = await self._life(process)
            self._armed.clear()
            await self._rest(process)
        if self._world.exits and not self._forging:
            self._wrong.append("a process ended by itself")
        return self._wrong

    async def _life(self, before: Process | None) -> Process | None:
        # Of a process until it dies, or is stopped, or nothing more is to break; returns it if it goes on.
        process = before or await self._world.start(self._at)
        with suppress(Killed):
            for act in self._acts(self._armed[0][0], first=not self.struck):
                await act(process)
                await self._join()
                if process.dead or (not self._armed and self._now_and_then(0.7)):
                    break
            if self._heirs:
                await self._end_heirs()
                await process.rebalance()  # it learns that it was put out of the group, and joins again
            if process.stopping.is_set():
                await process.stop()
        await self._join()
        await self._end_heirs()
        if process.dead or process.stopping.is_set() or self._now_and_then(0.3):
            await self._world.end(process)
            return None
        return process

    def _acts(self, place: str, *, first: bool) -> list[Act]:
        # All that leads to the place, and now and then something else.
        refused = any(word in place for word in ("care", "back", "parking"))
        acts: list[Act] = [Process.send]
        if first or refused or "queueing" in place or self._now_and_then(0.3):
            acts.insert(0, lambda p: self._announce(p, refused=refused or self._now_and_then(0.05)))
        if not self._forging and self._now_and_then(0.15):
            acts.append(self._disorder)
        acts += [lambda p: p.poll(self._random.choice((3, 500))), Process.commit]
        if self._forging and (first or "stream" in place):
            acts += [Process.send, Process.poll, self._forge, Process.send, Process.poll, self._resume]
            acts += [lambda p: self._announce(p, refused=False), Process.send, Process.poll, Process.commit]
        if "taking" in place or self._forging or self._now_and_then(0.1):
            acts += [Process.drain, Process.send]
        if "giving" in place or self._now_and_then(0.05):
            acts.insert(self._random.randrange(2, len(acts)), Process.rebalance)
        if self._now_and_then(0.05):
            acts += [self._rewind, Process.poll]
        return acts

    def _now_and_then(self, share: float) -> bool:
        return self._random.random() < share

    async def _announce(self, process: Process, *, refused: bool) -> None:
        kinds: list[Kind] = ["good"] * self._random.randint(2, 3)
        if refused:
            kinds[self._random.randrange(len(kinds))] = "refused"
        if self._now_and_then(0.03):
            kinds.append("broken")
        self._said.update(kinds)
        often, seldom = self._random.sample(TOPICS, 2)
        names = [often, *self._random.choices([often, seldom], [4, 1], k=len(kinds) - 1)]
        *keys, spare = self._world.keys
        facts = [self._world.fact(n, self._random.choice(keys), k) for n, k in zip(names, kinds, strict=True)]
        if self._forging:
            facts.append(self._world.fact(TOPICS[0], spare, "good"))
        await process.announce(lambda tx: say(facts, tx))

    async def _forge(self, process: Process) -> None:
        fact = self._world.fact(TOPICS[0], self._world.keys[-1], "forged")
        await process.announce(lambda tx: forge(fact, tx))

    async def _resume(self, process: Process) -> None:
        if names := await self._world.stopped():
            before = await self._world.effects_of(names)
            await self._announce(process, refused=False)
            for act in (process.send, process.poll, process.commit, process.drain):
                await act()
            if await self._world.effects_of(names) != before:
                self._wrong.append("something of a stopped stream was applied")
            await self._world.resume()

    async def _disorder(self, process: Process) -> None:
        self._world.log.disorder(self._random, within_key=self._now_and_then(0.7))

    async def _rewind(self, process: Process) -> None:
        process.rewind()

    async def _rest(self, process: Process | None) -> None:
        world = self._world
        process = await world.settle(process or await world.start())
        while world.log.lag(TOPICS) and await world.stopped():
            await world.resume()
            process = await world.settle(process, drain=True)
        if await violated(world):  # what came in disorder still waits
            process = await world.settle(process, drain=True)
            self._wrong += await violated(world)
        if "refused" in self._said and self._now_and_then(0.2):
            world.mended = True
            await world.end(process)
            process = await world.settle(await world.start(), drain=True)
            self._wrong += await violated(world)
        await world.end(process)
        if self._said > {"good"}:
            await world.own.execute("delete from parked")

    async def _at(self, process: Process, place: str) -> None:
        if self._armed and self._armed[0][0] == place:
            _, left = self._armed.pop(0)
            if left > 1:
                self._armed.insert(0, (place, left - 1))
            else:
                await self._strike(process, place)

    async def _strike(self, process: Process, place: str) -> None:
        strike = strike_at(place, self._random)
        self.struck.append(place)
        self._world.told.append(f"{strike} {place}")
        match strike:
            case "killed":
                if self._now_and_then(0.02):
                    await self._world.cut()
                process.die()
            case "overtaken" if not self._heirs:
                await self._world.meanwhile(self._aside(self._overtake()))
            case "cut off":
                await self._world.cut()
            case "unanswered":
                process.db.lose_answer = True
            case "committing":
                await process.commit()
            case "giving up":
                self._aside(process.rebalance())
            case "stopping":
                process.stopping.set()
            case "refused":
                self._world.log.refuse_commits = 1
            case "lost" | "unknown" | "late":
                self._world.log.fates.extend(self._random.choice(("kept", strike)) for _ in range(3))

    async def _overtake(self) -> None:
        heir = await self._world.start(self._at)
        self._heirs.append(heir)
        acts: list[Act] = [Process.poll, Process.commit, Process.drain, Process.send]
        for act in acts[: self._random.randint(1, 4)]:
            await act(heir)

    async def _end_heirs(self) -> None:
        while self._heirs:
            await self._world.end(self._heirs.pop())

    def _aside(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        async def until_it_dies() -> None:
            with suppress(Killed):
                await work

        task = asyncio.get_running_loop().create_task(until_it_dies())
        self._beside.add(task)
        return task

    async def _join(self) -> None:
        while self._beside:
            await self._beside.pop()
