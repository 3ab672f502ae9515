"""Runs the benchmarks: `python -m bench`, a part of them with `--only`, or writes the table with `table`."""

import cProfile
import gc
import pstats
import sys
import traceback
from contextlib import redirect_stderr
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from bench import report, table
from bench.ground import DATA, Ground, servers
from bench.rows import Row, chosen
from shared import logging

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def measure(
    context: typer.Context,
    *,
    only: Annotated[list[str] | None, typer.Option(help="a row by its name; may be given more than once")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="how often each side of a row is timed")] = 5,
    quick: Annotated[bool, typer.Option(help="small sizes: a try whether it runs, no measurement")] = False,
    profile: Annotated[str, typer.Option(help="run this row and print where our side spends its time")] = "",
) -> None:
    """Measure the core beside its peers, print the figures and keep them."""
    if context.invoked_subcommand:
        return
    try:
        rows = chosen([profile] if profile else only or [])
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    profiler = cProfile.Profile() if profile else None
    try:
        uvloop.run(_measure(rows, report.begin(repeats, quick=quick), profiler))
    except BlockingIOError:
        sys.exit(f"another bench is running here: {DATA} is its own")


@app.command("table")
def write_table(reports: Annotated[list[Path] | None, typer.Argument(help="the last one unless given")] = None) -> None:
    """Write the figures into docs/performance.md; of several reports, a later one replaces rows of those before."""
    table.write(report.read(reports or [report.LAST]))


def _log_as_a_service() -> None:
    # In its format and at its level, since that is part of the cost, but into a file.
    DATA.mkdir(parents=True, exist_ok=True)
    with redirect_stderr((DATA / "bench.log").open("w", encoding="utf-8")):
        logging.configure("bench", "INFO")


async def _measure(rows: list[Row], told: report.Report, profiler: cProfile.Profile | None) -> None:
    print(f"{told.machine}\n", flush=True)
    _log_as_a_service()
    # As a service does: what was loaded need not be walked through again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
    async with servers(told.repeats, quick=told.quick, profiler=profiler) as ground:
        failed = [row.name for row in rows if not await _row(row, ground, told)]
    if profiler:
        _show(profiler)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


async def _row(row: Row, ground: Ground, told: report.Report) -> bool:
    # Kept after each: a row that fails must not cost those before it, nor those behind it.
    try:
        told.rows[row.name] = await row.run(ground)
    except Exception:
        print(f"{row.name} failed:\n{traceback.format_exc()}", flush=True)
        return False
    for figure in told.rows[row.name]:
        print(figure.line(), flush=True)
    if not ground.profiler:  # a profiled run is slower than it is
        told.keep()
    return True


def _show(profiler: cProfile.Profile) -> None:
    if profiler.getstats():
        pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(30)
    else:
        print("this row has no side of ours in this process, so there is nothing to profile")


if __name__ == "__main__":
    app()
