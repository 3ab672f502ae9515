"""The relay while somebody holds a transaction open: dead rows of the outbox cannot be cleared away meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from bench.figures import Figure
from bench.ground import EMPTY, Ground, connect
from bench.pairs import compare
from bench.relay import OWNER, draining
from shared.lock import SoleHolder
from shared.messaging.relay import Relay
from shared.messaging.transaction import Database

ROUND, ROUNDS = 10_000, 10


async def run(ground: Ground) -> list[Figure]:
    """Rounds of filling and draining the outbox; what counts is the last, with the rows of all the others dead."""
    size = ground.size(ROUND)
    with ground.database() as dsn:
        async with connect(dsn) as pool:
            relay = Relay(pool, ground.bootstrap, OWNER, SoleHolder(dsn, f"{OWNER}-relay"))
            drain = draining(ground, relay, Database(pool, OWNER), size)

            async def last_round() -> float:
                await pool.execute(EMPTY)
                return [await drain() for _ in range(ROUNDS)][-1]

            async def held() -> float:
                async with _held_open(dsn):
                    return await last_round()

            about = f"the last of {ROUNDS} rounds of {size:,} events, the transaction as old as all of them"
            against = "relay without it"
            try:
                return [
                    await compare(
                        "relay beside an open transaction",
                        held,
                        against,
                        last_round,
                        repeats=ground.repeats,
                        about=about,
                    )
                ]
            finally:
                await relay.close()


@asynccontextmanager
async def _held_open(dsn: str) -> AsyncIterator[None]:
    conn = await asyncpg.connect(dsn)
    try:
        async with conn.transaction(isolation="repeatable_read"):
            # A snapshot and a number of its own: all that was there when it began must be kept for it.
            await conn.fetchval("select pg_current_xact_id()")
            yield
    finally:
        await conn.close()
