"""One run of a service on a scripted log: the real relay, subscription and applier, and memory that dies with it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar, copy_context
from typing import Any, NoReturn, TypeVar

import asyncpg

from shared.messaging import Consumer
from shared.messaging.poll import Applier
from shared.messaging.relay import TROUBLE, Relay
from shared.messaging.subscription import Subscription
from shared.messaging.transaction import Database, Transaction
from tests.shared.scripted.broker import ScriptedBroker
from tests.shared.scripted.log import ScriptedLog, ScriptedProducer

R = TypeVar("R")


class Killed(BaseException):
    """The process is gone. Not an Exception: nothing in it gets to see this and go on."""


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
        self._run = self._spawn(self._subscription.run(self.stopping))
        await self._broker.joined.wait()

    def _spawn(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        # A task in the process's own context: the places that it reaches are told from those of another process.
        task = asyncio.get_running_loop().create_task(work, context=self._context)
        self._tasks.add(task)
        return task

    async def announce(self, change: Callable[[Transaction], Awaitable[None]]) -> None:
        """A command of the application; whoever gave it may see it fail, and not know what became of it."""

        async def command() -> None:
            async with self.db.transaction() as tx:
                await change(tx)

        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._spawn(command())

    async def send(self) -> int:
        """The relay's turn; how many it sent, -1 when there was trouble and it will come again."""
        try:
            return await self._spawn(self._relay.drain())
        except TROUBLE:
            return -1

    async def poll(self, limit: int = 500) -> int:
        """The subscription gets what the log has for it, `limit` records at most; how many."""
        return await self._spawn(self._broker.deliver(limit))

    async def commit(self) -> None:
        """The first half of the subscription's tick, without the wait before it."""
        await self._spawn(self._subscription._commit())  # type: ignore[arg-type]

    async def drain(self) -> None:
        """The second half of the subscription's tick."""
        first, self._drained = not self._drained, True
        await self._spawn(self._subscription._drain(first=first))

    async def rebalance(self) -> None:
        """Partitions are given up and come back."""
        await self._spawn(self._broker.rebalance())

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

    def die(self) -> NoReturn:
        """What is under way ends here, and what comes to a place later ends there."""
        self.dead = True
        raise Killed

    def _exit(self, code: int) -> None:
        self.exit_code = code
        self.die()

    async def at(self, place: str) -> None:
        """Called by the core at each place."""
        if self.dead:
            raise Killed
        if self._watch:
            await self._watch(self, place)


def _raise_all_but_the_end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        # The last of them is asyncpg's own, when the end comes between a connection's breaking and its being given back.
        with suppress(asyncio.CancelledError, *TROUBLE, asyncpg.InternalClientError):
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
