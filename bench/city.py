"""The whole city: 100,000 people wait, then 100,000 blanks arrive; services, log and databases on the same cores."""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from bench.figures import Figure, Spread, Target
from bench.ground import DATA, Ground
from bench.memory import SERVICE

APPLICATIONS, FEW = 100_000, 10_000
EACH_SECONDS = 2.0
GROWTH = Target(1.2, at_most=True)
BACKLOG = Target(60, 20, at_most=True)
IMPORT = Target(30, at_most=True)
FILE = "Applications from a file"
LOT = "First lot of blanks, printed"
AROUND = ("The platform", "Read from the topics and compared")
"""Phases of the demonstration, by the names in its report."""


async def run(ground: Ground) -> list[Figure]:
    """The demonstration at the size of the city's real backlog and at a tenth of it, on servers of its own."""
    ground.stop()  # the cores and the memory are the city's now
    applications, few = ground.size(APPLICATIONS), ground.size(FEW)
    small, _ = await _demonstration(few)
    large, memory = await _demonstration(applications)
    events = sum(sum(types.values()) for types in large["events"].values())
    whole = work(large["seconds"])
    each = Spread.of([(whole / applications) / (work(small["seconds"]) / few)])
    phases = ", ".join(f"{name} {seconds:.1f}" for name, seconds in large["seconds"].items())
    about = f"{applications:,} applications and as many blanks"
    lot = "the blanks arrive, until all are printed, assigned and notified"
    return [
        Figure("the city's backlog", Spread.of([large["seconds"][LOT]]), "s", BACKLOG, f"{about}; {lot}"),
        Figure("the city's import", Spread.of([large["seconds"][FILE]]), "s", IMPORT, "until all services are still"),
        Figure("the city's whole job", Spread.of([whole]), "s", detail=f"{events:,} events; seconds: {phases}"),
        Figure(f"an application of {applications:,} / of {few:,}", each, "×", GROWTH, "seconds each, the whole job"),
        *(
            Figure(f"most memory of {name}", Spread.of([mib]), "MiB", SERVICE if name.islower() else None, about)
            for name, mib in sorted(memory.items())
        ),
    ]


def work(seconds: Mapping[str, float]) -> float:
    """Of the demonstration's seconds by phase, those in which the city works: without the start and the comparison."""
    return seconds["total"] - sum(seconds[name] for name in AROUND)


async def _demonstration(applications: int) -> tuple[dict[str, Any], dict[str, float]]:
    """The demonstration's report, and the most memory that each part had (MiB by name)."""
    report, size = DATA / "demo-report.json", str(applications)
    options = ["--applications", size, "--blanks", size, "--second-lot", "0", "--report", str(report)]
    command = [sys.executable, "-m", "tools.cli", "demo", "--data", str(DATA / "city"), *options]
    memory: dict[str, float] = {}
    with (DATA / "city.log").open("ab") as log:
        demo = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        watching = asyncio.create_task(_watch(demo.pid, memory))
        code = await demo.wait()
        watching.cancel()
    if code:
        raise RuntimeError(f"the demonstration ended with {code}; see {DATA / 'city.log'}")
    told: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return told, memory


async def _watch(pid: int, most: dict[str, float]) -> None:
    while True:
        for name, mib in _memory(pid).items():
            most[name] = max(mib, most.get(name, 0))
        await asyncio.sleep(EACH_SECONDS)


def _memory(pid: int) -> dict[str, float]:
    now: dict[str, float] = defaultdict(float)
    for process in _family(pid):
        with suppress(psutil.Error):
            if name := part(process.cmdline()):
                now[name] += process.memory_full_info().pss / 2**20
    return now


def _family(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def part(command: Sequence[str]) -> str:
    """Which part of the city a process is by its command line: a service by its name, a server, or nothing."""
    service = next((word for word in command if word.startswith("services.")), "")
    if service:
        return service.split(".")[1]
    program = Path(command[0].split(":")[0]).name if command else ""
    return {"java": "Kafka", "postgres": "PostgreSQL"}.get(program, "")
