"""What a run has come to: a table for people, a file for programs, one verdict."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.chaos import clocks, disks
from tests.chaos.rest import seconds_to_heal
from tests.chaos.runner import Outcome
from tests.chaos.scene import Event
from tests.chaos.schedule import KINDS, Fault, asked
from tests.chaos.verdict import Violation

AT_ONCE = 3
TOGETHER = f"{AT_ONCE} or more at once"


@dataclass(frozen=True, slots=True)
class Report:
    """A judged run."""

    seed: int
    minutes: int
    outcome: Outcome
    violations: Sequence[Violation]

    @property
    def counts(self) -> dict[str, int]:
        """How often each kind of fault struck."""
        struck = Counter(event.fault.kind for event in self.outcome.events if event.struck)
        return {kind: struck[kind] for kind in KINDS} | {TOGETHER: together(self.outcome.events)}

    @property
    def missing(self) -> list[str]:
        """Kinds that did not occur although this machine allows them."""
        return [kind for kind, n in self.counts.items() if n == 0 and kind not in not_allowed()]

    @property
    def struck(self) -> int:
        """How many faults did what they were to do."""
        return sum(event.struck for event in self.outcome.events)

    @property
    def good(self) -> bool:
        """No violation, rest in the end, every kind, and as many faults as were asked for."""
        proven = not self.violations and not self.outcome.left
        return proven and not self.missing and self.struck >= asked(self.minutes)

    def facts(self, kept: Path | None) -> dict[str, Any]:
        """All of it for a program; `kept` is where the data were left."""
        outcome = self.outcome
        return {
            "seed": self.seed,
            "minutes": self.minutes,
            "good": self.good,
            "violations": [asdict(violation) for violation in self.violations],
            "faults": {"asked": asked(self.minutes), "struck": self.struck, "by_kind": self.counts},
            "missing": self.missing,
            "not_allowed_here": sorted(not_allowed()),
            "left": outcome.left,
            "seconds_to_heal": seconds_to_heal(outcome.recovery),
            "applications": outcome.applications,
            "refused_requests": outcome.refused,
            "events": len(outcome.evidence.log),
            "injected": len(outcome.evidence.injected),
            "parked": self.parked,
            "lives": self.lives,
            "slowest_stop": self.slowest_stop,
            "stops_with_ends_known": sum(life.ends is not None for life in outcome.evidence.lives or ()),
            "data": str(kept) if kept else None,
            "timeline": [
                {**event.fault._asdict(), "began": event.began, "ended": event.ended, "missed": event.missed}
                for event in outcome.events
            ],
        }

    @property
    def ended_by_themselves(self) -> int:
        """Processes that gave up on their own: something was not foreseen, though a fresh start may have mended it."""
        lives = self.outcome.evidence.lives or ()
        return sum(life.signal is None and life.exit_code is not None for life in lives)

    @property
    def slowest_stop(self) -> float:
        """Seconds from SIGTERM to the end, at most."""
        return max((life.seconds for life in self.outcome.evidence.lives or () if life.signal == "TERM"), default=0.0)

    @property
    def parked(self) -> dict[str, dict[str, int]]:
        """Parked rows by service and code."""
        services = self.outcome.evidence.services
        return {name: dict(Counter(row.code for row in books.parked)) for name, books in services.items()}

    @property
    def lives(self) -> dict[str, dict[str, int]]:
        """How the processes of each service ended: what was sent, what came back, how often."""
        ends: dict[str, Counter[str]] = {}
        for life in self.outcome.evidence.lives or ():
            ends.setdefault(life.service, Counter())[f"{life.signal or 'nothing'} -> {life.exit_code}"] += 1
        return {service: dict(counted) for service, counted in ends.items()}


def not_allowed() -> set[str]:
    """Kinds of faults that this machine does not allow."""
    full = set() if disks.possible() else {kind for kind in KINDS if kind.endswith("disk full")}
    wrong = set() if clocks.possible() else {kind for kind in KINDS if kind.startswith("clock")}
    return full | wrong


def together(events: Sequence[Event]) -> int:
    """How many faults began while at least two others were at work."""
    spans = [(e.began, e.ended) for e in events if e.began is not None and e.ended is not None and not e.missed]
    return sum(sum(began <= at <= ended for began, ended in spans) >= AT_ONCE for at, _ in spans)


def show_plan(console: Console, faults: Sequence[Fault]) -> None:
    """The plan, a line for each fault."""
    for fault in faults:
        what = f"{fault.kind} {fault.target} {fault.choice}".strip()
        console.print(f"{fault.number:4d}. at {fault.at:6.1f} s for {fault.seconds:4.1f} s: {what}", markup=False)


def show(console: Console, report: Report) -> None:
    """The table and the verdict."""
    table = Table("fault", "struck")
    for kind, count in report.counts.items():
        table.add_row(kind, "not allowed here" if kind in not_allowed() else str(count))
    table.add_row("all faults", f"{report.struck} of {asked(report.minutes)} asked for", style="bold")
    console.print(table)
    console.print(_figures(report))
    for violation in report.violations:
        about = f"{violation.where} {violation.key}".strip()
        console.print(f"{violation.invariant} {about}: {violation.sentence} ({violation.count})", markup=False)
    for kind in report.missing:
        console.print(f"Did not occur: {kind}")
    if report.outcome.left:
        console.print(f"Did not come to rest: {report.outcome.left}")


def _figures(report: Report) -> Table:
    outcome = report.outcome
    healed = seconds_to_heal(outcome.recovery)
    figures: Mapping[str, object] = {
        "applications taken": outcome.applications,
        "records on the log": len(outcome.evidence.log),
        "of them put there by the run": len(outcome.evidence.injected),
        "processes of services": sum(sum(ends.values()) for ends in report.lives.values()),
        "of them ended by themselves": report.ended_by_themselves,
        "parked rows": sum(sum(codes.values()) for codes in report.parked.values()),
        "refused requests": sum(outcome.refused.values()),
        "seconds of the slowest stop": f"{report.slowest_stop:.1f}",
        "seconds to heal": "never" if healed is None else f"{healed:.1f}",
        "violations": len(report.violations),
    }
    table = Table(show_header=False)
    for name, figure in figures.items():
        table.add_row(name, str(figure))
    return table


def write(report: Report, file: Path, kept: Path | None) -> None:
    """The file for programs."""
    file.write_text(json.dumps(report.facts(kept), indent=1) + "\n", encoding="utf-8")
