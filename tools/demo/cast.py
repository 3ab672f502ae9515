"""Everyone in the sample by the ids that the services gave them: whose row it is, and what is to become of him."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tools.demo.books import Expected, Ids
from tools.sample.script import Line, read_script


class Accepted(NamedTuple):
    """What intake gave for a row."""

    application_id: str
    office_number: str
    tracking_code: str


@dataclass(slots=True)
class Cast:
    """The script's lines, and the accepted applications as they become known."""

    lines: list[Line]
    by_id: dict[str, Line] = field(default_factory=dict)
    accepted: dict[str, Accepted] = field(default_factory=dict)

    def meet(self, line: Line, accepted: Accepted) -> None:
        """This row has become this application."""
        self.by_id[accepted.application_id] = line
        self.accepted[accepted.application_id] = accepted

    def where(self, **wanted: object) -> list[str]:
        """The applications whose lines have these values."""
        return [a for a, line in self.by_id.items() if all(getattr(line, name) == v for name, v in wanted.items())]


def read_cast(folder: Path) -> Cast:
    """The cast of a sample, before anyone has come to a door."""
    return Cast(list(read_script(folder / "script.csv")))


def rows_of(file: Path) -> Iterable[dict[str, str]]:
    """The lines of one of the sample's files."""
    with file.open(encoding="utf-8", newline="") as source:
        yield from csv.DictReader(source)


def expected(cast: Cast, printed: Ids) -> Expected:
    """What must have become of everyone, given which documents were printed."""
    taken = [line for line in cast.lines if not line.refused]
    out = [cast.by_id[a] for a in printed if a in cast.by_id]
    return Expected(
        taken=len(taken),
        refused=Counter(line.refused for line in cast.lines if line.refused),
        cancelled=sum(line.cancel in ("RECORDED", "QUEUED") for line in taken)
        + sum(line.cancel == "PRINTED" for line in out),
        cleared=sum(line.cleared for line in taken),
        delivery_states=Counter(ending(line) for line in out),
        visits=Counter(outcome for line in out for outcome in fruitless_visits(line)),
    )


def ending(line: Line) -> str:
    """The state in which the delivery of a printed document must come to rest."""
    if line.cancel == "PRINTED":
        return "RETURNED"
    if line.courier == "NEVER":
        return "WAITING_FOR_COURIER"
    if line.visits[-1] == "DELIVERED" or line.ending == "PICKUP":
        return "DELIVERED"
    if line.visits[-1] == "WRONG_RW":
        return "WAITING_FOR_ROUTE"
    if len(line.visits) == 3:
        return "HELD_FOR_PICKUP"
    return "RETURNED"


def fruitless_visits(line: Line) -> tuple[str, ...]:
    """The outcomes that the courier of a printed document must have reported."""
    if line.cancel == "PRINTED" or line.courier == "NEVER":
        return ()
    return tuple(outcome for outcome in line.visits if outcome != "DELIVERED")
