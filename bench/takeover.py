"""How long nothing happens when the active one of two processes of a service ends, by itself or at once."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

import asyncpg

from bench.facts import TOPIC, assigned, bare_producer, record, send, sent
from bench.figures import Figure, Spread
from bench.ground import Ground, connect
from bench.processes import SmallService, at_the_end, running, until
from shared.messaging.transaction import Database

NAME = "notify"
FACTS = 100
"""Enough for each of the twelve partitions to get some."""


async def run(ground: Ground) -> list[Figure]:
    """The older process holds the relay's lock and half of the partitions; it ends, and the younger takes over."""
    figures = []
    await at_the_end(ground, NAME)
    with ground.database() as dsn:
        async with connect(dsn) as pool:
            for way, end in (("SIGTERM", _ask), ("kill -9", _kill)):
                seconds = [await _take_over(ground, pool, dsn, end) for _ in range(ground.repeats)]
                for part, its in zip(("consumer", "relay"), zip(*seconds, strict=True), strict=True):
                    about = "two processes; until all that was written after the signal has been dealt with"
                    figures.append(Figure(f"take-over of the {part} after {way}", Spread.of(its), "s", detail=about))
    return figures


async def _take_over(
    ground: Ground, pool: asyncpg.Pool, dsn: str, end: Callable[[SmallService], None]
) -> tuple[float, float]:
    """Seconds from the signal until the heir's effects on all partitions, and until it has relayed."""
    with running(ground, (NAME, dsn), (NAME, dsn)) as (active, _):
        facts = [assigned() for _ in range(FACTS)]
        began = time.monotonic()
        await asyncio.to_thread(end, active)
        async with Database(pool, NAME).transaction() as tx:
            tx.announce(sent(assigned()))
        said: int = await pool.fetchval("select max(id) from outbox")
        async with bare_producer(ground.bootstrap) as producer:
            await send(producer, TOPIC, [record(fact) for fact in facts])
        async with asyncio.TaskGroup() as tasks:
            consumed = tasks.create_task(until(partial(_have_effects, pool, [fact.key for fact in facts])))
            relayed = tasks.create_task(until(partial(_is_relayed, pool, said)))
        return consumed.result() - began, relayed.result() - began


def _ask(service: SmallService) -> None:
    service.child.ask_to_stop()


def _kill(service: SmallService) -> None:
    service.child.kill()


async def _have_effects(pool: asyncpg.Pool, keys: list[str]) -> bool:
    there: int = await pool.fetchval("select count(*) from effect where key = any($1::text[])", keys)
    return there == len(keys)


async def _is_relayed(pool: asyncpg.Pool, said: int) -> bool:
    return not await pool.fetchval("select exists (select from outbox where id = $1)", said)
