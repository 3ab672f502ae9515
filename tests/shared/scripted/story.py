"""A short history of the miniature service in which something breaks at one place and then at another."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from shared.messaging import Transaction
from tests.shared.scripted.invariants import violated
from tests.shared.scripted.process import Killed, Process
from tests.shared.scripted.service import TOPICS, Fact, Kind, forge, say
from tests.shared.scripted.world import World

Act = Callable[[Process], Awaitable[object]]

NOWHERE = "nowhere"

PATIENCE = 60.0
"""Seconds; a history takes some hundredths of one."""

ANYWHERE = {"die": 20, "overtaken": 6, "cut": 1, "answer lost": 2, "commit": 2, "give up": 2, "stop": 2}
SENDING = {"lost": 6, "unknown": 6, "late": 6}
COMMITTING = {"refused": 8}


@dataclass(frozen=True)
class Schedule:
    """Where it breaks: at two places, or at one; everything else follows from the text of this."""

    first: str
    second: str | None
    number: int

    @classmethod
    def named(cls, name: str) -> "Schedule":
        """The schedule that prints as `name`."""
        first, second, number = name.split(" / ")
        return cls(first, None if second == NOWHERE else second, int(number))

    @property
    def places(self) -> list[str]:
        """The one or the two."""
        return [self.first] + ([self.second] if self.second else [])

    def __str__(self) -> str:
        return f"{self.first} / {self.second or NOWHERE} / {self.number}"


class Story:
    """One history after one schedule. A life of a process for each place, each with all that leads there."""

    def __init__(self, world: World, schedule: Schedule) -> None:
        self._world = world
        self._random = Random(str(schedule))
        self._armed = [(place, self._random.choice((1, 1, 1, 1, 2))) for place in schedule.places]
        self._forging = any("stream" in place for place in schedule.places) or self._random.random() < 0.03
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
            if self._armed and self._random.random() < 0.3:
                process = await self._life(process)
            self._armed.clear()
            await self._end(await self._rest(process))
            if self._said > {"good"}:
                await self._world.own.execute("delete from parked")
        return self._wrong

    async def _life(self, before: Process | None) -> Process | None:
        process = before or await self._world.start(self._at)
        with suppress(Killed):
            for act in self._acts(self._armed[0][0], first=not self.struck):
                await act(process)
                await self._join()
                if process.dead:
                    break
            if self._heirs:
                await self._end_heirs()
                await process.rebalance()  # it learns that it was put out of the group, and joins again
            if process.stopping.is_set():
                await process.stop()
        await self._join()
        await self._end_heirs()
        if process.dead or process.stopping.is_set() or self._random.random() < 0.3:
            await self._end(process)
            return None
        return process

    async def _end_heirs(self) -> None:
        while self._heirs:
            await self._end(self._heirs.pop())

    def _acts(self, place: str, *, first: bool) -> list[Act]:
        random = self._random
        refused = any(word in place for word in ("care", "back", "parking"))
        acts: list[Act] = [Process.send]
        if first or refused or "queueing" in place or random.random() < 0.4:
            acts.insert(0, lambda p: self._announce(p, refused=refused or random.random() < 0.05))
        if not self._forging and random.random() < 0.25:
            acts.append(self._disorder)
        acts += [lambda p: p.poll(random.choice((3, 500))), Process.commit]
        if self._forging:
            acts += [Process.send, Process.poll, self._forge, Process.send, Process.poll, self._resume]
            acts += [lambda p: self._announce(p, refused=False), Process.send, Process.poll, Process.commit]
        if "taking" in place or self._forging or random.random() < 0.15:
            acts += [Process.drain, Process.send]
        if "giving" in place or random.random() < 0.05:
            acts.insert(random.randrange(2, len(acts)), Process.rebalance)
        if random.random() < 0.1:
            acts += [self._rewind, Process.poll]
        return acts

    async def _announce(self, process: Process, *, refused: bool) -> None:
        kinds: list[Kind] = ["good"] * self._random.randint(2, 3)
        if refused:
            kinds[self._random.randrange(len(kinds))] = "refused"
        if self._random.random() < 0.03:
            kinds.append("broken")
        self._said.update(kinds)
        first, second = self._random.sample(TOPICS, 2)
        names = [first, *self._random.choices([first, second], [4, 1], k=len(kinds) - 1)]
        facts = [self._fact(n, self._random.choice(self._world.keys[:3]), k) for n, k in zip(names, kinds, strict=True)]
        if self._forging:
            facts.append(self._fact(TOPICS[0], self._world.keys[3], "good"))
        await process.announce(lambda tx: say(facts, tx))

    def _fact(self, topic: str, key: str, kind: Kind) -> Fact:
        self._world.told.append(f"says {kind} of {topic} {key[:4]}")
        return self._world.fact(topic, key, kind)

    async def _forge(self, process: Process) -> None:
        fact = self._fact(TOPICS[0], self._world.keys[3], "forged")

        async def put_back(tx: Transaction) -> None:
            await forge(fact, tx)

        await process.announce(put_back)

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
        self._world.log.disorder(self._random, within_key=self._random.random() < 0.7)

    async def _rewind(self, process: Process) -> None:
        process.rewind()

    async def _rest(self, process: Process | None) -> Process:
        world = self._world
        process = await world.settle(process or await world.start(self._at))
        while world.log.lag(TOPICS) and await world.stopped():
            await world.resume()
            process = await world.settle(process, drain=True)
        self._wrong += await violated(world)
        if self._wrong:  # what was parked in disorder still waits
            process = await world.settle(process, drain=True)
            self._wrong = await violated(world)
        if "refused" in self._said and not self._wrong and self._random.random() < 0.3:
            world.mended = True
            await self._end(process)
            process = await world.settle(await world.start(self._at), drain=True)
            self._wrong += await violated(world)
        return process

    async def _end(self, process: Process) -> None:
        if process.exit_code and not self._forging:
            self._wrong.append(f"a process ended by itself with {process.exit_code}")
        await self._world.end(process)

    async def _join(self) -> None:
        if self._beside:
            await asyncio.wait(self._beside)
            for task in self._beside:
                task.result()
            self._beside.clear()

    async def _at(self, process: Process, place: str) -> None:
        if self._armed and self._armed[0][0] == place:
            _, left = self._armed.pop(0)
            if left > 1:
                self._armed.insert(0, (place, left - 1))
            else:
                await self._strike(process, place)

    async def _strike(self, process: Process, place: str) -> None:
        kinds = ANYWHERE | (SENDING if "sending" in place else {}) | (COMMITTING if "committing" in place else {})
        if self._heirs:
            del kinds["overtaken"]
        (kind,) = self._random.choices([*kinds], [*kinds.values()])
        self.struck.append(place)
        self._world.told.append(f"{kind} {place}")
        if kind == "die":
            if self._random.random() < 0.02:
                await self._world.cut()
            process.dead = True
            raise Killed
        if kind == "overtaken":
            await self._world.meanwhile(self._aside(self._overtake()))
        elif kind == "cut":
            await self._world.cut()
        elif kind == "answer lost":
            process.db.lose_answer = True
        elif kind == "commit":
            await process.commit()
        elif kind == "give up":
            self._aside(process.rebalance())
        elif kind == "stop":
            process.stopping.set()
        elif kind == "refused":
            self._world.log.refuse_commits = 1
        else:
            self._world.log.fates.extend(self._random.choice(("kept", kind)) for _ in range(3))

    def _aside(self, work: Awaitable[None]) -> "asyncio.Task[None]":
        async def until_it_dies() -> None:
            with suppress(Killed):
                await work

        task = asyncio.get_running_loop().create_task(until_it_dies())
        self._beside.add(task)
        return task

    async def _overtake(self) -> None:
        heir = await self._world.start(self._at)
        self._heirs.append(heir)
        acts: list[Act] = [Process.poll, Process.commit, Process.drain, Process.send]
        for act in acts[: self._random.randint(1, 4)]:
            await act(heir)
