"""`python -m tests.compose [APPLICATIONS]`: a whole installation under the demonstration, and what each part of it needs.

Prints memory and processors of each container at rest and at work, beside its limit, who was killed for memory, and what
a backup takes.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.compose.conftest import started
from tests.compose.installation import Compose, Need, engine
from tests.end_to_end.demo_cases import SMALL
from tools.demo.run import Demonstration, Options
from tools.demo.story import Story

REST_SECONDS: Final = 60
USUAL: Final = 100_000


class Needs:
    """The most memory and the mean use of processors of each container, asked for again and again."""

    def __init__(self, made: Compose) -> None:
        self._made = made
        self._told: dict[str, list[Need]] = {}
        self._enough = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """For as long as the block lasts."""
        asking = threading.Thread(target=self._ask)
        asking.start()
        try:
            yield
        finally:
            self._enough.set()
            asking.join()

    def _ask(self) -> None:
        while not self._enough.is_set():
            for name, need in self._made.needs().items():
                if "-run-" not in name:  # a command of ours, for a moment
                    self._told.setdefault(name, []).append(need)

    def table(self) -> dict[str, dict[str, float]]:
        """MiB at most, share of one processor on average and at most, by container."""
        return {
            name: {
                "MiB": max(need.mib for need in told),
                "limit": max(need.limit for need in told),
                "processors": sum(need.processors for need in told) / len(told),
                "processors at most": max(need.processors for need in told),
            }
            for name, told in sorted(self._told.items())
        }


def sizes(made: Compose, options: Options, folder: Path) -> dict[str, object]:
    """At rest and at work."""
    resting, working = Needs(made), Needs(made)
    with resting.watched():
        time.sleep(REST_SECONDS)
    began = time.perf_counter()
    with working.watched():
        demonstration = Demonstration(options, folder, Story(Console()), place=made.as_outsider())
        demonstration.start()
        report = demonstration.run()
    took = time.perf_counter() - began
    began = time.perf_counter()
    backup = made.backup()
    return {
        "applications": options.applications,
        "seconds": round(took),
        "seconds of a backup": round(time.perf_counter() - began),
        "MiB of a backup": round(backup.stat().st_size / 1024**2, 1),
        "comparisons hold": report["ok"],
        "at rest": resting.table(),
        "at work": working.table(),
        "killed for memory": made.killed_for_memory(),
        "restarts": {name: n for name, n in made.restarts().items() if n},
    }


def main() -> int:
    """Make an installation, measure it, take it away."""
    if reason := engine():
        raise SystemExit(f"{reason}: an installation is not tried")
    applications = int(sys.argv[1]) if len(sys.argv) > 1 else USUAL
    share = applications / SMALL.applications
    options = replace(
        SMALL,
        applications=applications,
        rw=1013,
        blanks=round(SMALL.blanks * share),
        second_lot=round(SMALL.second_lot * share),
    )
    with tempfile.TemporaryDirectory(prefix="antar-installation-") as folder, started(Path(folder)) as made:
        told = sizes(made, options, Path(folder) / "demonstration")
    Path("build").mkdir(exist_ok=True)
    Path("build/sizes.json").write_text(json.dumps(told, indent=1) + "\n")
    for when in ("at rest", "at work"):
        Console().print(_table(when, told[when]))  # type: ignore[arg-type]
    Console().print({key: value for key, value in told.items() if key not in ("at rest", "at work")})
    return 0 if told["comparisons hold"] and not told["killed for memory"] else 1


def _table(when: str, needs: dict[str, dict[str, float]]) -> Table:
    table = Table(title=when)
    for column in ("container", "MiB at most", "limit", "processors", "at most"):
        table.add_column(column, justify="left" if column == "container" else "right")
    for name, need in needs.items():
        table.add_row(name, f"{need['MiB']:.0f}", f"{need['limit']:.0f}", f"{need['processors']:.2f}",
                      f"{need['processors at most']:.2f}")  # fmt: skip
    table.add_row(
        "all",
        f"{sum(n['MiB'] for n in needs.values()):.0f}",
        "",
        f"{sum(n['processors'] for n in needs.values()):.2f}",
        "",
    )
    return table


if __name__ == "__main__":
    raise SystemExit(main())
