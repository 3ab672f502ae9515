"""`python -m tests.mutants`: takes each guard away in a copy of the tree and shows which test noticed."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated

import typer

from tests.mutants.people import PEOPLE
from tests.mutants.table import MUTANTS, Mutant

ROOT = Path(__file__).parent.parent.parent
REPORT = ROOT / "docs" / "reliability.md"
BORDERS = ("<!-- mutants -->", "<!-- end of mutants -->")
DEADLINE = 240  # seconds; a mutant that hangs is ended, and the test that hung counts
_STARTED = re.compile(r"^(tests/\S+::\S+?)(?:\[.*\])? ", re.MULTILINE)
_RED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+?::[^\s\[]+)", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """Which test noticed; None: none did."""

    mutant: Mutant
    noticed: str | None
    seconds: float

    def row(self) -> str:
        """A row of the table in docs/reliability.md."""
        test = (
            self.noticed.rpartition("::")[2].removeprefix("test_").replace("_", " ") if self.noticed else "**nobody**"
        )
        return f"| {self.mutant.guard} | {Path(self.mutant.file).name} | {test} |"


def main(
    only: Annotated[str | None, typer.Option(help="Guards whose name holds this.")] = None,
    keep: Annotated[bool, typer.Option(help="Write the table into docs/reliability.md.")] = False,
    workers: int = 2,
) -> None:
    """Exit 1 when a guard can be taken away unnoticed."""
    chosen = [mutant for mutant in (*MUTANTS, *PEOPLE) if only is None or only in mutant.guard]
    copies: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="antar-mutants-") as folder:
        for n in range(workers):
            copies.put(_copy(Path(folder) / str(n)))
        _must_be_green(copies, {test for mutant in chosen for test in mutant.tests})
        with ThreadPoolExecutor(workers) as pool:
            outcomes = list(pool.map(lambda mutant: _try(mutant, copies), chosen))
    if keep:
        _keep(outcomes)
    survivors = [outcome.mutant.guard for outcome in outcomes if outcome.noticed is None]
    print(f"\n{len(outcomes) - len(survivors)} of {len(outcomes)} guards are held by a test.")
    raise typer.Exit(bool(survivors))


def _copy(to: Path) -> Path:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def _must_be_green(copies: "SimpleQueue[Path]", tests: set[str]) -> None:
    tree = copies.get()
    output, code = _pytest(tree, sorted(tests), 1200)
    copies.put(tree)
    if code != 0:
        print(output[-4000:])
        print("These tests are red with every guard in place: nothing can be learned from them.")
        raise typer.Exit(1)


def _try(mutant: Mutant, copies: "SimpleQueue[Path]") -> Outcome:
    tree = copies.get()
    started = time.monotonic()
    path = tree / mutant.file
    whole = path.read_text("utf-8")
    try:
        path.write_text(mutated(whole, mutant), "utf-8")
        output, code = _pytest(tree, mutant.tests, DEADLINE)
    finally:
        path.write_text(whole, "utf-8")
        copies.put(tree)
    outcome = Outcome(mutant, _noticed(output) if code != 0 else None, time.monotonic() - started)
    print(f"{outcome.seconds:5.0f} s  {mutant.guard}: {outcome.noticed or 'NOBODY NOTICED'}", flush=True)
    return outcome


def mutated(source: str, mutant: Mutant) -> str:
    """The source without the guard.

    Raises:
        ValueError: the guard's text does not stand there exactly once; it has moved, and the table must follow.
    """
    if source.count(mutant.old) != 1:
        raise ValueError(f"{mutant.guard}: its text stands {source.count(mutant.old)} times in {mutant.file}")
    return source.replace(mutant.old, mutant.new)


def _pytest(tree: Path, tests: Sequence[str], deadline: float) -> tuple[str, int]:
    # As a session of its own: what it started ends with it, also when it hangs.
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-x", "-vv", "-rfE", "-p", "no:cacheprovider", *tests],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=deadline)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 15)
        output, _ = process.communicate()
        return output, 1
    return output, process.returncode


def _noticed(output: str) -> str | None:
    # A process that was ended has no summary: then the test that was running noticed.
    red = _RED.findall(output)
    started = _STARTED.findall(output)
    return red[0] if red else started[-1] if started else None


def _keep(outcomes: Sequence[Outcome]) -> None:
    text = REPORT.read_text("utf-8")
    before, after = text.partition(BORDERS[0])[0], text.partition(BORDERS[1])[2]
    table = "\n".join(
        ["| guard | file | what notices when it is gone |", "|---|---|---|", *(outcome.row() for outcome in outcomes)]
    )
    REPORT.write_text(f"{before}{BORDERS[0]}\n{table}\n{BORDERS[1]}{after}", "utf-8")


if __name__ == "__main__":
    typer.run(main)
