"""What a handler for one event at a time costs beside one for many, and what poison does to the events around it."""

from collections.abc import Sequence

from bench.facts import UNWANTED, facts, full_log, sent
from bench.figures import Figure
from bench.ground import Ground
from bench.pairs import compare
from bench.reading import READER, keys, read, reader
from shared.events.dispatch import DeliveryAssigned
from shared.messaging import Consumer, Received, Transaction
from shared.messaging.errors import PermanentError

ONE_EVENTS = 20_000
POISON_EVENTS = 50_000


async def run_one(ground: Ground) -> list[Figure]:
    """The same effect and announcement, by `on` and by `on_many`."""
    log = await full_log(ground.bootstrap, facts(ground.size(ONE_EVENTS)))
    async with ground.consumer_pool() as pool:

        async def one() -> float:
            return (await read(ground, pool, _one_by_one(), log)).rate

        async def many() -> float:
            return (await read(ground, pool, reader(), log)).rate

        about = f"{log.events:,} events"
        return [await compare("on", one, "on_many", many, repeats=ground.repeats, about=about)]


async def run_poison(ground: Ground) -> list[Figure]:
    """The same log twice: one event in a hundred is refused by its handler, or none is."""
    log = await full_log(ground.bootstrap, facts(ground.size(POISON_EVENTS)))
    async with ground.consumer_pool() as pool:

        async def poisoned() -> float:
            rate = (await read(ground, pool, _refusing(), log)).rate
            refused: int = await pool.fetchval("select count(*) from parked")
            assert refused == log.events // 100
            return rate * (log.events - refused) / log.events

        async def healthy() -> float:
            return (await read(ground, pool, reader(), log)).rate

        about = f"{log.events:,} events, healthy ones counted"
        name, against = "1 % refused", "nothing refused"
        return [await compare(name, poisoned, against, healthy, repeats=ground.repeats, about=about)]


def _one_by_one() -> Consumer:
    consumer = Consumer(READER)

    @consumer.on(DeliveryAssigned)
    async def effect(event: DeliveryAssigned, tx: Transaction) -> None:
        await tx.conn.execute("insert into effect (key) values ($1)", event.key)
        tx.announce(sent(event))

    return consumer


def _refusing() -> Consumer:
    consumer = Consumer(READER)

    @consumer.on_many(DeliveryAssigned)
    async def effect(events: Sequence[Received[DeliveryAssigned]], tx: Transaction) -> None:
        if any(received.event.courier_badge == UNWANTED for received in events):
            raise PermanentError("unknown-courier")
        await tx.conn.execute("insert into effect (key) select * from unnest($1::text[])", keys(events))
        tx.announce(*(sent(received.event) for received in events))

    return consumer
