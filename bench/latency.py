"""From one service's commit to another's effect, through the real relay, log and subscription: idle, and in a crowd."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import asyncpg

from bench.facts import TOPIC, assigned, begin, ends, facts
from bench.figures import Figure, Spread, Target
from bench.ground import EMPTY, Ground, connect
from bench.processes import until
from bench.reading import READER, new_group, reader, subscribed
from bench.relay import OWNER
from shared.events.cloudevents import Record
from shared.lock import SoleHolder
from shared.messaging import Consumer
from shared.messaging.poll import Applier
from shared.messaging.relay import Relay
from shared.messaging.transaction import Database

SAMPLES = 100
BACKLOG = 100_000
EVERY = 0.1
IDLE, CROWD = Target(0.1, at_most=True), Target(1.0, 0.25, at_most=True)


class Arrivals(Applier):
    """The applier, noting when the effects of the facts that somebody waits for were committed."""

    def __init__(self, consumer: Consumer, db: Database) -> None:
        super().__init__(consumer, db)
        self.awaited: dict[bytes, asyncio.Future[float]] = {}

    async def apply(self, records: Sequence[Record]) -> frozenset[str]:
        """Apply and note."""
        stopped = await super().apply(records)
        now = time.perf_counter()
        if self.awaited:
            for record in records:
                arrived = self.awaited.pop(record.key or b"", None)
                if arrived is not None:
                    arrived.set_result(now)
        return stopped


class Pair:
    """Two services in one process: the one that says something, and the one on which it has an effect."""

    def __init__(self, said: Database, arrivals: Arrivals, heard: asyncpg.Pool) -> None:
        self.said = said
        self.heard = heard
        self._arrivals = arrivals

    async def one(self) -> float:
        """Seconds from the commit of one fact to that of its effect."""
        fact = assigned()
        arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._arrivals.awaited[fact.key.encode()] = arrived
        async with self.said.transaction() as tx:
            tx.announce(fact)
        committed = time.perf_counter()
        return await arrived - committed


async def run(ground: Ground) -> list[Figure]:
    """First alone, then while a backlog drains through the same outbox, relay, topic and consumer."""
    async with _pair(ground) as pair:
        idle = []
        for _ in range(ground.size(SAMPLES * ground.repeats)):
            await asyncio.sleep(random.uniform(0.5, 1.5) * EVERY)
            idle.append(await pair.one())
        crowd: list[float] = []
        for _ in range(ground.repeats):
            crowd += await _in_a_crowd(ground, pair)
    backlog = f"one fact every {EVERY * 1000:.0f} ms while {ground.size(BACKLOG):,} drain"
    return [*_figures("idle", idle, IDLE, "one fact at a time"), *_figures("in a crowd", crowd, CROWD, backlog)]


async def _in_a_crowd(ground: Ground, pair: Pair) -> list[float]:
    for pool in (pair.said.pool, pair.heard):
        await pool.execute(EMPTY + " restart identity")
    backlog = ground.size(BACKLOG)
    async with pair.said.transaction() as tx:
        tx.announce(*facts(backlog))
    asked: list[asyncio.Task[float]] = []
    async with asyncio.TaskGroup() as tasks:
        drained = tasks.create_task(until(partial(_heard, pair.heard, backlog)))
        while not drained.done():
            asked.append(tasks.create_task(pair.one()))
            await asyncio.sleep(EVERY)
    return [task.result() for task in asked]


async def _heard(pool: asyncpg.Pool, count: int) -> bool:
    return bool((await pool.fetchval("select max(id) from effect") or 0) >= count)


@asynccontextmanager
async def _pair(ground: Ground) -> AsyncIterator[Pair]:
    consumer = reader()
    consumer.group = new_group()
    await begin(ground.bootstrap, consumer.group, await ends(ground.bootstrap, [TOPIC]))
    with ground.database() as dsn, ground.database() as other:
        async with connect(dsn) as pool, connect(other) as heard:
            relay = Relay(pool, ground.bootstrap, OWNER, SoleHolder(dsn, f"{OWNER}-relay"))
            arrivals = Arrivals(consumer, Database(heard, READER))
            stopping = asyncio.Event()
            async with asyncio.TaskGroup() as tasks, subscribed(ground.bootstrap, consumer, arrivals, _give_up):
                tasks.create_task(relay.run(stopping))
                pair = Pair(Database(pool, OWNER, lambda _: relay.wake()), arrivals, heard)
                await pair.one()
                yield pair
                stopping.set()
                relay.wake()


def _give_up(code: int) -> None:
    raise RuntimeError(f"the consumer gave up with {code}")


def _figures(name: str, seconds: Sequence[float], target: Target, about: str) -> list[Figure]:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    spread: Callable[[float], Spread] = lambda value: Spread(value, value, value)  # noqa: E731 - a name for one line
    detail = f"{about}; {len(seconds):,} facts, slowest {max(seconds):.3f} s"
    return [
        Figure(f"commit to effect, {name}, p50", spread(cuts[49]), "s", detail=detail),
        Figure(f"commit to effect, {name}, p99", spread(cuts[98]), "s", target, detail),
    ]
