"""One run of a service on a scripted log: the real relay, subscription and applier, and memory that dies with it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

import asyncpg
from aiokafka import ConsumerRebalanceListener

from shared.messaging import Consumer
from shared.messaging.poll import Applier
from shared.messaging.relay import TROUBLE, Relay
from shared.messaging.subscription import Subscription
from shared.messaging.transaction import Database, Transaction
from tests.shared.scripted.log import ScriptedConsumer, ScriptedLog, ScriptedProducer

R = TypeVar("R")
Poll = Callable[[Any], Awaitable[None]]


class Killed(BaseException):
    """The process is gone. Not an Exception: nothing in it gets to see this and go on."""


class ScriptedBroker:
    """What the subscription has of FastStream: one subscriber, given records when the script says so."""

    def __init__(self, log: ScriptedLog) -> None:
        self.log = log
        self.consumer: ScriptedConsumer | None = None
        self._poll: Poll | None = None

    def subscriber(
        self, *topics: str, parser: Poll, decoder: Poll, listener: ConsumerRebalanceListener, **settings: Any
    ) -> "ScriptedBroker":
        """Remember what a subscriber is made of; it is this broker itself."""
        self._topics, self._parser, self._decoder, self._listener = topics, parser, decoder, listener
        return self

    def __call__(self, poll: Poll) -> None:
        self._poll = poll

    async def start(self) -> None:
        """Join the group, which gives all partitions to whoever joined last and does not tell the one before."""
        self.consumer = ScriptedConsumer(self.log, self._topics)
        await self._listener.on_partitions_assigned(self.consumer.assign())

    async def stop(self) -> None:
        """Leave the group."""
        self.consumer = None

    async def deliver(self, limit: int) -> int:
        """Give the next records, `limit` at most, to the subscription, and swallow its exceptions as FastStream does."""
        records = self.consumer.take(limit) if self.consumer else []
        if records and self._poll:
            message = await self._parser(records)
            with suppress(Exception):
                await self._poll(await self._decoder(message))
        return len(records)

    async def give_up(self) -> None:
        """A rebalance begins: we are told to give our partitions up."""
        if self.consumer:
            await self._listener.on_partitions_revoked(self.consumer.assignment())
            if self.consumer:  # it may have left meanwhile
                self.consumer.unassign()

    async def rebalance(self) -> None:
        """Give up what we have, and get it back."""
        await self.give_up()
        if self.consumer:
            await self._listener.on_partitions_assigned(self.consumer.assign())


class ScriptedRelay(Relay):
    """The relay with a producer of the scripted log, a new one after each error."""

    def __init__(self, pool: asyncpg.Pool, log: ScriptedLog, capacity: int) -> None:
        super().__init__(pool, "", "notify", _AlwaysHeld())  # type: ignore[arg-type]
        self._make = lambda: ScriptedProducer(log, capacity)
        self._scripted = self._make()

    async def ready_producer(self) -> Any:
        """The producer at hand, or a new one after an error."""
        if self._scripted.broken:
            self._scripted = self._make()
        return self._scripted


class _AlwaysHeld:
    # Two relays at once must do no harm, so here each of them believes itself alone.
    async def held(self) -> bool:
        return True

    async def release(self) -> None:
        pass


class LossyDatabase(Database):
    """The service's database; on demand the answer to a commit is lost on its way back."""

    lose_answer = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """As in a Database."""
        async with super().transaction() as tx:
            yield tx
        if self.lose_answer:
            self.lose_answer = False
            raise ConnectionResetError


class Process:
    """A service from its start to its end. `watch` is called at each place that it reaches and may end it there."""

    def __init__(
        self, pool: asyncpg.Pool, log: ScriptedLog, consumer: Consumer, *, batch: int, watch: "Watch | None" = None
    ) -> None:
        self.dead = False
        self.exit_code: int | None = None
        self.reached: Counter[str] = Counter()
        self.db = LossyDatabase(pool, "notify")
        self.stopping = asyncio.Event()
        self._watch = watch
        self._broker = ScriptedBroker(log)
        self._relay = ScriptedRelay(pool, log, batch)
        applier = Applier(consumer, self.db)
        self._subscription = Subscription(self._broker, consumer, applier, 500, self._exit)  # type: ignore[arg-type]
        self._drained = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._context = copy_context()
        self._context.run(_running.set, self)

    async def start(self) -> None:
        """Join the group."""
        self._run = self.spawn(self._subscription.run(self.stopping))
        while not self._subscription.assigned and not self._run.done():  # noqa: ASYNC110 - the group tells nobody
            await asyncio.sleep(0)

    def spawn(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        """Let the process do something beside what it does."""
        task = asyncio.get_running_loop().create_task(work, context=self._context)
        self._tasks.add(task)
        return task

    async def announce(self, change: Callable[[Transaction], Awaitable[None]]) -> None:
        """A command of the application; whoever gave it may see it fail."""

        async def command() -> None:
            async with self.db.transaction() as tx:
                await change(tx)

        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self.spawn(command())

    async def send(self) -> int:
        """The relay's turn; how many it sent, -1 when there was trouble and it will come again."""
        try:
            return await self.spawn(self._relay.drain())
        except TROUBLE:
            return -1

    async def poll(self, limit: int = 500) -> int:
        """The subscription gets what the log has for it, `limit` records at most; how many."""
        return await self.spawn(self._broker.deliver(limit))

    async def commit(self) -> None:
        """The first half of the subscription's tick, without the wait before it."""
        await self.spawn(self._subscription._commit())

    async def drain(self) -> None:
        """The second half of the subscription's tick."""
        first, self._drained = not self._drained, True
        await self.spawn(self._subscription._drain(first=first))

    async def rebalance(self) -> None:
        """Partitions are given up and come back."""
        await self.spawn(self._broker.rebalance())

    async def give_up(self) -> None:
        """Partitions are given up for good."""
        await self.spawn(self._broker.give_up())

    def rewind(self) -> None:
        """Everything on the log comes once more."""
        if self._broker.consumer:
            self._broker.consumer.rewind()

    async def stop(self) -> None:
        """A clean stop."""
        self.stopping.set()
        await asyncio.wait([self._run])
        _raise_all_but_the_end([self._run])
        if self.dead:
            raise Killed
        while await self.send():
            pass

    async def kill(self) -> None:
        """The end, wherever it is: from now on every place it reaches ends it."""
        self.dead = True
        self._run.cancel()
        await asyncio.wait(self._tasks)
        _raise_all_but_the_end(self._tasks)

    def _exit(self, code: int) -> None:
        self.exit_code = code
        self.dead = True
        raise Killed

    async def at(self, place: str) -> None:
        """Called by the core at each place."""
        if self.dead:
            raise Killed
        self.reached[place] += 1
        if self._watch:
            await self._watch(self, place)


def _raise_all_but_the_end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        with suppress(asyncio.CancelledError, *TROUBLE):
            try:
                task.result()
            except* Killed:
                pass


Watch = Callable[[Process, str], Awaitable[None]]
_running: ContextVar[Process | None] = ContextVar("running", default=None)


async def tell_the_process(place: str) -> None:
    """The observer of all places: passes each on to the process that reached it."""
    if process := _running.get():
        await process.at(place)
