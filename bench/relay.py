"""The relay against the bare producer: what the outbox costs on the way to the log."""

from bench.facts import TOPIC, bare_producer, facts, record, send
from bench.figures import Figure, Target
from bench.ground import Ground, connect
from bench.pairs import Stopwatch, Work, compare
from shared.lock import SoleHolder
from shared.messaging.relay import Relay
from shared.messaging.transaction import Database

EVENTS = 50_000
OWNER = "dispatch"


async def run(ground: Ground) -> list[Figure]:
    """Drain a full outbox; send the same records from memory, with the same settings of the producer."""
    events = ground.size(EVENTS)
    with ground.database() as dsn:
        async with connect(dsn) as pool, bare_producer(ground.bootstrap) as producer:
            relay = Relay(pool, ground.bootstrap, OWNER, SoleHolder(dsn, f"{OWNER}-relay"))

            async def bare() -> float:
                records = [record(fact) for fact in facts(events)]
                with Stopwatch() as watch:
                    await send(producer, TOPIC, records)
                return events / watch.seconds

            try:
                ours = draining(ground, relay, Database(pool, OWNER), events)
                target = Target(0.5, 0.7)
                about = f"{events:,} events"
                figure = await compare(
                    "relay", ours, "bare send_batch", bare, repeats=ground.repeats, target=target, about=about
                )
            finally:
                await relay.close()
    return [figure]


def draining(ground: Ground, relay: Relay, db: Database, events: int) -> Work:
    """Fill the outbox in one transaction; time how long the relay takes to empty it."""

    async def ours() -> float:
        full = facts(events)
        async with db.transaction() as tx:
            tx.announce(*full)
        await db.pool.execute("analyze outbox")
        watch = ground.stopwatch()
        with watch:
            await relay.drain()
        return events / watch.seconds

    return ours
