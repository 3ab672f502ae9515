"""Our side of a hop: the real subscription on a log that is full already, timed from its first poll to its last."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import asyncpg
from faststream.kafka import KafkaBroker

from bench.facts import FullLog, sent
from bench.ground import EMPTY, Ground
from bench.progress import Progress
from shared.events.cloudevents import Record
from shared.events.dispatch import DeliveryAssigned
from shared.messaging import Consumer, Received, Transaction
from shared.messaging.poll import Applier
from shared.messaging.subscription import Subscription
from shared.messaging.transaction import Database
from shared.settings import ServiceSettings

POLL: int = ServiceSettings.model_fields["max_records"].default
"""Records of a full poll, as every service has it unless told otherwise."""

READER = "notify"
_groups = itertools.count(1)


def keys(events: Sequence[Received[Any]]) -> list[str]:
    """The keys of the events."""
    return [received.key for received in events]


def reader() -> Consumer:
    """A consumer with one effect and one announcement per event, written for many at once."""
    consumer = Consumer(READER)

    @consumer.on_many(DeliveryAssigned)
    async def effect(events: Sequence[Received[DeliveryAssigned]], tx: Transaction) -> None:
        await tx.conn.execute("insert into effect (key) select * from unnest($1::text[])", keys(events))
        tx.announce(*(sent(received.event) for received in events))

    return consumer


class Timed(Applier):
    """The applier, telling how far it has come; `polls` counts those that were committed."""

    def __init__(self, consumer: Consumer, db: Database, progress: Progress) -> None:
        super().__init__(consumer, db)
        self._progress = progress
        self.polls = 0

    async def apply(self, records: Sequence[Record]) -> frozenset[str]:
        """Apply and count."""
        self._progress.begin()
        stopped = await super().apply(records)
        self.polls += 1
        self._progress.add(len(records))
        return stopped


class Reading(NamedTuple):
    """Events per second and how many polls they came in."""

    rate: float
    polls: int


async def read(ground: Ground, pool: asyncpg.Pool, consumer: Consumer, log: FullLog) -> Reading:
    """Consume the log from its beginning into empty tables, by a new group."""
    await pool.execute(EMPTY)
    consumer.group = new_group()
    await log.hand_to(consumer.group)
    progress = Progress(log.events, ground.stopwatch())
    applier = Timed(consumer, Database(pool, READER), progress)
    async with subscribed(ground.bootstrap, consumer, applier, progress.fail):
        await progress.finished()
    return Reading(progress.rate, applier.polls)


def new_group() -> str:
    """A consumer group that nobody was in."""
    return f"bench-{next(_groups)}"


@asynccontextmanager
async def subscribed(
    bootstrap: str, consumer: Consumer, applier: Applier, die: Callable[[int], None]
) -> AsyncIterator[Subscription]:
    """The consumer's subscription as a service runs it."""
    broker = KafkaBroker(bootstrap, apply_types=False, logger=None)
    subscription = Subscription(broker, consumer, applier, POLL, die)
    stopping = asyncio.Event()
    task = asyncio.create_task(subscription.run(stopping))
    try:
        yield subscription
    finally:
        stopping.set()
        await task
