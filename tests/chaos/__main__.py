"""`python -m tests.chaos`: break everything while people come, let it heal, and prove that nothing went wrong."""

import argparse
import asyncio
import logging
import random
import shutil
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import stamina.instrumentation
import uvloop
from rich.console import Console

from tests.chaos import disks
from tests.chaos.checker import check
from tests.chaos.report import Report, not_allowed, show, show_plan, write
from tests.chaos.runner import Outcome, Runner
from tests.chaos.schedule import Fault, plan
from tools.embedded.folder import DataFolder

T = TypeVar("T")

RESULTS = Path("build") / "chaos"
_INTERRUPTED = 130


def main() -> int:
    """Runs and judges; 0 when all holds."""
    disks.enter_private_mounts()
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="repeat the faults of a run")
    parser.add_argument("--minutes", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help="keep the data also when all holds")
    asked = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    stamina.instrumentation.set_on_retry_hooks([])
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that is away is no news here
    faults = plan(asked.seed, asked.minutes)
    console.print(f"Seed {asked.seed}, {asked.minutes} minutes, {len(faults)} faults")
    show_plan(console, faults)
    for kind in sorted(not_allowed()):
        console.print(f"Not allowed on this machine, so left out: {kind}")
    try:
        return _run(console, asked.seed, asked.minutes, faults, keep=asked.keep)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED


def _run(console: Console, seed: int, minutes: int, faults: list[Fault], *, keep: bool) -> int:
    folder = _empty(RESULTS / str(seed))
    runner = Runner(folder, seed, minutes, faults, lambda line: console.print(line, markup=False))
    try:
        outcome: Outcome = _interruptibly(runner.run())
    except Exception:
        console.print_exception()
        console.print(f"The run broke off. The data are in {folder}; seed {seed}, {minutes} minutes")
        return 1
    report = Report(seed, minutes, outcome, check(outcome.evidence))
    show(console, report)
    kept = folder if keep or not report.good else None
    write(report, RESULTS / f"{seed}.json", kept)
    if kept is None:
        shutil.rmtree(folder)
    if report.good:
        console.print(f"All invariants hold. Seed {seed}; {RESULTS}/{seed}.json")
        return 0
    again = f"make chaos ARGS='--seed {seed} --minutes {minutes}'"
    console.print(f"It does not hold. Seed {seed}; the data are in {folder}; once more: {again}")
    return 1


def _empty(folder: Path) -> Path:
    data = DataFolder(folder)
    data.open()  # another run may be at work there
    data.close()
    shutil.rmtree(folder)
    folder.mkdir()
    return folder.resolve()


def _interruptibly(work: Coroutine[Any, Any, T]) -> T:
    """Run it so that Ctrl-C and SIGTERM end it in order."""

    async def watched() -> T:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        return loop.run(watched())


if __name__ == "__main__":
    sys.exit(main())
