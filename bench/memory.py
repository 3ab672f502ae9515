"""What stays in memory: a service that has done nothing, the same after a long backlog, the log, the databases."""

from functools import partial

import psutil

from bench.facts import TOPIC, bare_producer, facts, record, send
from bench.figures import Figure, Spread, Target
from bench.ground import Ground, connect
from bench.processes import at_the_end, has_effects, running, until

NAME = "notify"
EVENTS = 100_000
SERVICE = Target(300, at_most=True)


async def run(ground: Ground) -> list[Figure]:
    """One small service with the parts that every service has; nothing to repeat."""
    events = ground.size(EVENTS)
    await at_the_end(ground, NAME)
    with ground.database() as dsn, running(ground, (NAME, dsn)) as (service,):
        idle = resident(service.child.pid)
        async with connect(dsn) as pool, bare_producer(ground.bootstrap) as producer:
            await send(producer, TOPIC, [record(fact) for fact in facts(events)])
            await until(partial(has_effects, pool, events))
        after = resident(service.child.pid)
        kafka, postgres = resident(ground.kafka.pid), resident(ground.postgres.pid)
    about = f"after {events:,} events"
    return [
        _figure("a service, idle", idle, "HTTP, consumer, relay, no pages", SERVICE),
        _figure("a service, used", after, about, SERVICE),
        _figure("Kafka", kafka, f"{about}; heap of 256 MiB at most"),
        _figure("PostgreSQL", postgres, f"{about}; all its processes, with the shared part once"),
    ]


def resident(pid: int) -> float:
    """MiB of a process and its children; what they share with each other is counted once."""
    process = psutil.Process(pid)
    family = (process, *process.children(recursive=True))
    return float(sum(member.memory_full_info().pss for member in family)) / 2**20


def _figure(what: str, mib: float, about: str, target: Target | None = None) -> Figure:
    return Figure(f"memory of {what}", Spread(mib, mib, mib), "MiB", target, about)
