"""Three hops in a row, each a process with its consumer and its relay: how long until the last effect."""

import time
from contextlib import AsyncExitStack
from functools import partial

import asyncpg

from bench.figures import Figure, Spread
from bench.ground import EMPTY, Ground, connect
from bench.processes import at_the_end, has_effects, running, until
from bench.small_service import LINKS, recorded
from shared.lock import SoleHolder
from shared.messaging.relay import Relay
from shared.messaging.transaction import Database

EVENTS = 100_000
FIRST = "intake"


async def run(ground: Ground) -> list[Figure]:
    """From a full outbox at the first service to the last effect at the fourth; the log and the databases beside it."""
    events = ground.size(EVENTS)
    async with AsyncExitStack() as stack:
        dsns = {name: stack.enter_context(ground.database()) for name in (FIRST, *LINKS)}
        pools = {name: await stack.enter_async_context(connect(dsn)) for name, dsn in dsns.items()}
        relay = Relay(pools[FIRST], ground.bootstrap, FIRST, SoleHolder(dsns[FIRST], f"{FIRST}-relay"))
        stack.push_async_callback(relay.close)
        for name in LINKS:
            await at_the_end(ground, name)
        stack.enter_context(running(ground, *((name, dsns[name]) for name in LINKS)))
        last, seconds = pools[list(LINKS)[-1]], list[float]()
        for _ in range(ground.repeats):
            for pool in pools.values():
                await pool.execute(EMPTY + " restart identity")
            facts = [recorded() for _ in range(events)]
            async with Database(pools[FIRST], FIRST).transaction() as tx:
                tx.announce(*facts)
            began = time.monotonic()
            await relay.drain()
            seconds.append(await until(partial(has_effects, last, events)) - began)
            await until(partial(_is_empty, last))
    about = f"{events:,} events, three services with relay and consumer, a process each"
    return [Figure("three hops", Spread.of(seconds), "s", detail=about)]


async def _is_empty(pool: asyncpg.Pool) -> bool:
    return not await pool.fetchval("select exists (select from outbox)")
