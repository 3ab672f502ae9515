"""Runs the benchmarks: the core beside the bare clients, then the whole city in one go."""

import json
import os
import platform as machine
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import asyncpg
import typer
import uvloop

from bench import hop, relay
from shared import topics
from shared.migrations import migrate
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres

DATA = Path(".antar/bench")
REPORT = Path("bench-report.json")


def main(applications: int = 100_000, *, only_core: bool = False) -> None:
    """Print ratios and rates, and keep them in bench-report.json."""
    report: dict[str, object] = {"machine": _machine()}
    print(f"{_machine()}\n")
    uvloop.run(_core(report))
    if not only_core:
        report["city"] = _city(applications)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    print(f"\nkept in {REPORT}")


def _machine() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("aiokafka", "asyncpg", "faststream", "pydantic"))
    cores = len(os.sched_getaffinity(0))
    return f"{machine.system()} {machine.machine()}, {cores} cores, Python {machine.python_version()}, {libraries}"


async def _core(report: dict[str, object]) -> None:
    kafka = EmbeddedKafka(DATA / "kafka", log=DATA / "kafka.log", pid_file=DATA / "kafka.pid")
    postgres = EmbeddedPostgres(DATA / "postgres", log=DATA / "postgres.log", pid_file=DATA / "postgres.pid")
    kafka.start()
    postgres.start()
    try:
        postgres.drop_database("bench")
        postgres.create_database("bench")
        dsn = postgres.dsn("bench", "postgres")
        migrate(dsn, "core")
        await topics.apply(kafka.bootstrap)
        async with asyncpg.create_pool(dsn, min_size=1, max_size=4) as pool:
            for comparison in (await relay.run(pool, dsn, kafka.bootstrap), await hop.run(pool, kafka.bootstrap)):
                print(comparison.line())
                report[comparison.name] = comparison.as_row()
        calls = await hop.sql_calls(dsn)
        report["sql_calls_per_event"] = calls
        print(f"SQL calls per event in a full poll with effect and announcement: {calls:.3f} (at most 0.05)")
    finally:
        kafka.stop()
        postgres.stop()


def _city(applications: int) -> dict[str, object]:
    """The demonstration at the size of the city's real backlog, in a process of its own."""
    report = DATA / "demo-report.json"
    command = [sys.executable, "-m", "tools.cli", "demo", "--data", str(DATA / "city"), "--report", str(report)]
    sizes = ["--applications", str(applications), "--blanks", str(applications), "--second-lot", "0"]
    print(f"\nthe demonstration with {applications:,} applications and {applications:,} blanks", flush=True)
    subprocess.run([*command, *sizes], check=True)
    told = json.loads(report.read_text("utf-8"))
    events = sum(sum(types.values()) for types in told["events"].values())
    seconds = told["seconds"]["total"]
    print(f"{events:,} events in {seconds:.0f} s: {events / seconds:,.0f} events/s")
    return {"applications": applications, "events": events, "seconds": told["seconds"]}


if __name__ == "__main__":
    typer.run(main)
