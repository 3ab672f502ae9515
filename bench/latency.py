"""From one service's commit to another's effect, through the real relay, log and subscription: idle, and in a crowd."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import asyncpg

from bench.facts import assigned, begin, ends, facts
from bench.figures import Figure, Spread, Target
from bench.ground import EMPTY, Ground, connect
from bench.processes import until
from bench.reading import READER, keys, new_group, reader, subscribed
from bench.relay import OWNER
from bench.small_service import printed, recorded
from shared.events.base import Event
from shared.events.cloudevents import Record
from shared.events.printing import DocumentPrinted
from shared.lock import SoleHolder
from shared.messaging import Consumer, Received, Transaction
from shared.messaging.poll import Applier
from shared.messaging.relay import Relay
from shared.messaging.transaction import Database

SAMPLES = 100
BACKLOG = 100_000
OTHER = "printing"
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


@dataclass(frozen=True)
class Scene:
    """Two services that say something, each with a database and a relay, and one on which it has an effect."""

    said: Database
    other: Database
    heard: asyncpg.Pool
    arrivals: Arrivals

    async def one(self) -> float:
        """Seconds from the commit of one fact to that of its effect."""
        return await self._from(self.said, assigned())

    async def other_one(self) -> float:
        """The same for a fact of the other service, on another topic."""
        return await self._from(self.other, printed(recorded()))

    async def _from(self, said: Database, fact: Event) -> float:
        arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.arrivals.awaited[fact.key.encode()] = arrived
        async with said.transaction() as tx:
            tx.announce(fact)
        committed = time.perf_counter()
        return await arrived - committed


async def run(ground: Ground) -> list[Figure]:
    """First alone, then while a backlog drains to the same consumer: behind it, and from another service."""
    async with _scene(ground) as scene:
        idle = []
        for _ in range(ground.size(SAMPLES * ground.repeats)):
            await asyncio.sleep(random.uniform(0.5, 1.5) * EVERY)
            idle.append(await scene.one())
        behind: list[float] = []
        beside: list[float] = []
        for _ in range(ground.repeats):
            await _in_a_crowd(scene, ground.size(BACKLOG), behind, beside)
    backlog = f"every {EVERY * 1000:.0f} ms while {ground.size(BACKLOG):,} drain"
    return [
        *_figures("idle", idle, IDLE, "one fact at a time"),
        *_figures("behind a backlog", behind, CROWD, f"a fact {backlog} from the same outbox"),
        *_figures("beside a backlog", beside, CROWD, f"another service's fact {backlog} to the same consumer"),
    ]


async def _in_a_crowd(scene: Scene, backlog: int, behind: list[float], beside: list[float]) -> None:
    for pool in (scene.said.pool, scene.other.pool, scene.heard):
        await pool.execute(EMPTY + " restart identity")
    crowd = facts(backlog)
    async with scene.said.transaction() as tx:
        tx.announce(*crowd)
    asked: list[asyncio.Task[float]] = []
    others: list[asyncio.Task[float]] = []
    async with asyncio.TaskGroup() as tasks:
        drained = tasks.create_task(until(partial(_heard, scene.heard, backlog)))
        while not drained.done():
            asked.append(tasks.create_task(scene.one()))
            others.append(tasks.create_task(scene.other_one()))
            await asyncio.sleep(EVERY)
    behind += [task.result() for task in asked]
    beside += [task.result() for task in others]


async def _heard(pool: asyncpg.Pool, count: int) -> bool:
    return bool((await pool.fetchval("select max(id) from effect") or 0) >= count)


def _consumer() -> Consumer:
    consumer = reader()

    @consumer.on_many(DocumentPrinted)
    async def effect(events: Sequence[Received[DocumentPrinted]], tx: Transaction) -> None:
        await tx.conn.execute("insert into effect (key) select * from unnest($1::text[])", keys(events))

    consumer.group = new_group()
    return consumer


@asynccontextmanager
async def _scene(ground: Ground) -> AsyncIterator[Scene]:
    consumer = _consumer()
    await begin(ground.bootstrap, consumer.group, await ends(ground.bootstrap, consumer.topics))
    async with AsyncExitStack() as stack:
        heard = await stack.enter_async_context(ground.consumer_pool())
        arrivals = Arrivals(consumer, Database(heard, READER))
        stopping = asyncio.Event()
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        await stack.enter_async_context(subscribed(ground.bootstrap, consumer, arrivals, _give_up))
        said, other = [await _relayed(ground, stack, tasks, stopping, owner) for owner in (OWNER, OTHER)]
        scene = Scene(said, other, heard, arrivals)
        await scene.one()
        await scene.other_one()
        yield scene


async def _relayed(
    ground: Ground, stack: AsyncExitStack, tasks: asyncio.TaskGroup, stopping: asyncio.Event, owner: str
) -> Database:
    dsn = stack.enter_context(ground.database())
    pool = await stack.enter_async_context(connect(dsn))
    relay = Relay(pool, ground.bootstrap, owner, SoleHolder(dsn, f"{owner}-relay"))
    relaying = tasks.create_task(relay.run(stopping))

    async def end() -> None:
        stopping.set()
        await relaying

    stack.push_async_callback(end)
    return Database(pool, owner, lambda _: relay.wake())


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
