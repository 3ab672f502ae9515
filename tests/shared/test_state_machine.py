"""Whatever people, the log and the machines do, in any order: each committed fact takes effect once, in its turn."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from random import Random
from typing import Any

import uvloop
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from shared.failpoints import PLACES
from tests.shared.scripted.invariants import out_of_turn, violated
from tests.shared.scripted.log import Fate
from tests.shared.scripted.process import Killed, Process
from tests.shared.scripted.service import TOPICS, Kind, forge, say
from tests.shared.scripted.world import World, no_waiting, opened

KEYS = 3
PATIENCE = 30.0
"""Seconds; a step takes some hundredths of one."""

Act = Callable[[Process], Coroutine[Any, Any, object]]


class Messaging(RuleBasedStateMachine):
    """One service on its database and log, and at times a second process of it that was put out of the group.

    `who` in a rule is the place of a process among those that run.
    """

    def __init__(self, world: World, runner: asyncio.Runner) -> None:
        super().__init__()
        self._world = world
        self._do = runner.run
        self._armed: list[tuple[str, str]] = []
        self._beside: list[asyncio.Task[None]] = []
        self._stopped: dict[str, int] = {}
        self._forged = False
        world.begin(Random(0))
        self._do(world.clear())
        self._processes = [self._do(world.start(self._at))]

    def _act(self, who: int, *acts: Act) -> None:
        process = self._processes[who % len(self._processes)]
        for act in acts:
            if not process.dead:
                self._do(self._until_it_dies(process, act))
            while self._beside:
                self._do(asyncio.wait([self._beside.pop()]))
        for dead in [p for p in self._processes if p.dead]:
            self._bury(dead)

    async def _until_it_dies(self, process: Process, act: Act) -> None:
        with suppress(Killed):
            async with asyncio.timeout(PATIENCE):
                await act(process)

    def _bury(self, process: Process) -> None:
        self._do(self._world.end(process))
        assert self._forged or not self._world.exits, "a process ended by itself"
        self._processes.remove(process)
        if not self._processes:
            self._processes.append(self._do(self._world.start(self._at)))

    async def _at(self, process: Process, place: str) -> None:
        if self._armed and self._armed[0][0] == place:
            _, what = self._armed.pop(0)
            if what == "it is killed":
                process.die()
            elif what == "its offsets are committed":
                await process.commit()
            elif not self._beside:
                await self._let_another_poll(process)

    async def _let_another_poll(self, process: Process) -> None:
        if len(self._processes) == 1:
            self._processes.append(await self._world.start(self._at))
        (other,) = set(self._processes) - {process}
        self._beside.append(asyncio.get_running_loop().create_task(self._until_it_dies(other, Process.poll)))
        await self._world.meanwhile(self._beside[0])

    @rule(
        topic=st.sampled_from(TOPICS),
        keys=st.lists(st.integers(0, KEYS - 1), min_size=1, max_size=4),
        kind=st.sampled_from(["good", "good", "good", "refused", "broken"]),
    )
    def say(self, topic: str, keys: list[int], kind: Kind) -> None:
        """The application commits facts, the last of them perhaps one that will not be taken."""
        kinds: list[Kind] = [*["good"] * (len(keys) - 1), kind]  # type: ignore[list-item]
        facts = [self._world.fact(topic, self._world.keys[key], k) for key, k in zip(keys, kinds, strict=True)]
        self._act(0, lambda p: p.announce(lambda tx: say(facts, tx)))

    @rule(who=st.integers(0, 1), fates=st.lists(st.sampled_from(["kept", "lost", "unknown", "late"]), max_size=3))
    def relay(self, who: int, fates: list[Fate]) -> None:
        """A relay sends what is in the outbox; of some batches the log says nothing."""
        self._world.log.fates.extend(fates)
        self._act(who, Process.send)
        self._world.log.fates.clear()

    @rule(who=st.integers(0, 1), limit=st.sampled_from([1, 2, 500]))
    def deliver(self, who: int, limit: int) -> None:
        """A member gets the next records."""
        self._act(who, lambda p: p.poll(limit))

    @rule(who=st.integers(0, 1))
    def work(self, who: int) -> None:
        """A process does all of what it does in a second."""
        self._act(who, Process.send, Process.poll, Process.commit)

    @rule(who=st.integers(0, 1))
    def commit(self, who: int) -> None:
        """A member commits its offsets, or tries to."""
        self._act(who, Process.commit)

    @rule(who=st.integers(0, 1))
    def drain(self, who: int) -> None:
        """A member looks whose turn has come among the parked."""
        self._act(who, Process.drain)

    @rule(who=st.integers(0, 1))
    def duplicate(self, who: int) -> None:
        """A member reads everything once more."""
        self._processes[who % len(self._processes)].rewind()

    @rule(within_key=st.booleans(), seed=st.integers(0, 99))
    def swap(self, within_key: bool, seed: int) -> None:
        """Two records change places before anybody has read them."""
        self._world.log.disorder(Random(seed), within_key=within_key)

    @rule(who=st.integers(0, 1))
    def crash(self, who: int) -> None:
        """A process is killed between two things that it does."""
        self._bury(self._processes[who % len(self._processes)])

    @rule(
        place=st.sampled_from(PLACES),
        what=st.sampled_from(["it is killed", "it is killed", "its offsets are committed", "another polls"]),
    )
    def interrupt(self, place: str, what: str) -> None:
        """Something will happen at a place in the middle of what a process does, once earlier ones have happened."""
        self._armed.append((place, what))

    @rule(who=st.integers(0, 1))
    def stop(self, who: int) -> None:
        """A process is stopped in order."""
        process = self._processes[who % len(self._processes)]
        self._act(who, Process.stop)
        if process in self._processes:
            self._bury(process)

    @precondition(lambda self: len(self._processes) == 1)
    @rule()
    def overtake(self) -> None:
        """Another process gets the partitions, and the one that had them does not know."""
        self._processes.append(self._do(self._world.start(self._at)))

    @rule(who=st.integers(0, 1))
    def rebalance(self, who: int) -> None:
        """A member gives everything up and gets it back, as far as it knows."""
        self._act(who, Process.rebalance)

    @rule()
    def retry(self) -> None:
        """A person lets everything that was refused be tried once more."""
        self._do(self._world.own.execute("update parked set retry = true where code <> 'gap'"))

    @rule()
    def drop(self) -> None:
        """A person gives up a record that can never be applied."""
        self._do(self._world.drop_broken())

    @precondition(lambda self: not self._world.mended)
    @rule()
    def mend(self) -> None:
        """From now on the handlers take what they refused."""
        self._world.mended = True

    @rule(topic=st.sampled_from(TOPICS), key=st.integers(0, KEYS - 1))
    def put_back(self, topic: str, key: int) -> None:
        """The writer's database is put back by one fact, and it says another one under the same version."""
        first, second = (self._world.fact(topic, self._world.keys[key], kind) for kind in ("good", "forged"))
        self._forged = True

        async def say_one(process: Process) -> None:
            await process.announce(lambda tx: say([first], tx))

        async def say_another(process: Process) -> None:
            await process.announce(lambda tx: forge(second, tx))

        self._act(0, say_one, Process.send, Process.poll, say_another, Process.send, Process.poll)

    @precondition(lambda self: self._stopped)
    @rule()
    def resume(self) -> None:
        """A person lets stopped streams go on."""
        self._do(self._world.resume())

    @invariant()
    def nothing_happens_out_of_turn(self) -> None:
        """What took effect so far is the beginning of what was said."""
        assert not self._do(out_of_turn(self._world))

    @invariant()
    def nothing_of_a_stopped_stream_is_applied(self) -> None:
        """From its stop until it is resumed."""
        now = {name: self._do(self._world.effects_of([name])) for name in self._do(self._world.stopped())}
        assert all(now[name] == count for name, count in self._stopped.items() if name in now)
        self._stopped = now

    def teardown(self) -> None:
        """Everything comes to rest and nothing is lost; nor when the cause of every refusal is mended."""
        self._armed.clear()
        for process in self._processes:
            self._do(self._world.end(process))
        assert self._do(self._wrong_at_rest()) == []
        self._world.mended = True
        assert self._do(self._wrong_at_rest()) == []

    async def _wrong_at_rest(self) -> list[str]:
        async with asyncio.timeout(PATIENCE):
            process = await self._world.settle(await self._world.start(), drain=True)
            while await self._world.stopped():
                await self._world.resume()
                process = await self._world.settle(process, drain=True)
            await self._world.end(process)
            return await violated(self._world)


def test_in_whatever_order_things_happen_each_fact_takes_effect_once_and_in_its_turn(
    database: Callable[[str], str],
) -> None:
    with no_waiting(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        stack = AsyncExitStack()
        world = runner.run(stack.enter_async_context(opened(database("core"))))
        run_state_machine_as_test(
            lambda: Messaging(world, runner),  # type: ignore[arg-type]
            settings=settings(
                max_examples=100,
                stateful_step_count=30,
                deadline=None,
                derandomize=True,
                phases=[Phase.generate, Phase.shrink],
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        runner.run(stack.aclose())
