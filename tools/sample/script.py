"""The script of the demonstration: one line per application, saying what must become of it, whatever the timing."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from tools.sample.city import Ward
from tools.sample.fates import CLEARED, Fate

Door = Literal["FILE", "COUNTER"]
Served = Literal["FIRST", "LATE", "NEVER"]
"""Whether the applicant's RW has a courier from the first day, from later on, or not at all."""


class Line(NamedTuple):
    """`row` counts the data lines of its file from 1. `refused` is the code that intake must give, "" when taken.

    `visits` are the outcomes at the door, in order; `ending` is ROUTE, PICKUP or "".
    """

    door: Door
    row: int
    refused: str = ""
    courier: Served = "FIRST"
    word: str = ""
    observed_at: str = ""
    cancel: str = ""
    new_address: str = ""
    visits: tuple[str, ...] = ()
    ending: str = ""
    receiver: str = ""
    old_card: str = ""
    route_kelurahan: str = ""
    route_rw: str = ""

    @property
    def cleared(self) -> bool:
        """Whether the ministry's word lets it be printed."""
        return self.word == CLEARED


def line_of(door: Door, row: int, fate: Fate, ward: Ward, observed_at: str) -> Line:
    """The script's line for an accepted application."""
    return Line(
        door=door,
        row=row,
        courier="NEVER" if ward.courier is None else "LATE" if ward.late else "FIRST",
        word=fate.course.word,
        observed_at=observed_at if fate.course.word else "",
        cancel=fate.course.cancel,
        new_address=fate.new_address,
        visits=fate.visits.outcomes,
        ending=fate.visits.ending,
        receiver=fate.receiver,
        old_card=fate.old_card,
        route_kelurahan=fate.route.kelurahan.code if fate.route else "",
        route_rw=fate.route.rw if fate.route else "",
    )


COLUMNS = Line._fields


def cells(line: Line) -> tuple[str, ...]:
    """The line as it stands in script.csv."""
    return tuple(" ".join(cell) if isinstance(cell, tuple) else str(cell) for cell in line)


def read_script(path: Path) -> Iterator[Line]:
    """The lines of script.csv."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            named = dict(row) | {"row": int(row["row"]), "visits": tuple(row["visits"].split())}
            yield Line(**named)
