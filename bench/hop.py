"""A hop (poll, claim, effect, announcement, commit) against the same SQL alone: what the log and the guard cost."""

from dataclasses import replace

from bench.facts import facts, full_log, record
from bench.figures import Figure, Target
from bench.ground import EMPTY, Ground
from bench.pairs import Stopwatch, compare
from bench.plain import from_raw, transaction
from bench.reading import POLL, read, reader

EVENTS = 50_000


async def run(ground: Ground) -> list[Figure]:
    """Consume a log that is full; run the same statements for the same events from memory."""
    events = facts(ground.size(EVENTS))
    log = await full_log(ground.bootstrap, events)
    polls: list[int] = []
    async with ground.consumer_pool() as pool:

        async def ours() -> float:
            reading = await read(ground, pool, reader(), log)
            polls.append(reading.polls)
            return reading.rate

        async def bare() -> float:
            await pool.execute(EMPTY)
            script = [from_raw(record(fact)) for fact in events]
            with Stopwatch() as watch:
                for start in range(0, len(script), POLL):
                    await transaction(pool, script[start : start + POLL])
            return len(script) / watch.seconds

        figure = await compare(
            "hop", ours, "same SQL without Kafka", bare, repeats=ground.repeats, target=Target(0.6, 0.8)
        )
    about = f"{figure.detail}; {len(events):,} events, {len(events) / max(polls):,.0f} a poll"
    return [replace(figure, detail=about)]
