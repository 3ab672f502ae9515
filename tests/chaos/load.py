"""People keep coming while everything breaks: applications, words of the ministry, blanks, visits, changes of mind."""

import asyncio
import csv
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.chaos.asking import Asking
from tests.chaos.visits import Visits
from tools.demo.cast import Accepted, read_cast, rows_of
from tools.demo.doors import each
from tools.demo.job import BLANK, SITE, form, write_words
from tools.embedded.signin import SignIn
from tools.sample.applications import HEADER, Row
from tools.sample.files import Size, write_sample
from tools.sample.script import Line

PER_MINUTE = 900
"""Applications that come when everything works."""

_WARDS = 112
_GROUP = 20
_LOT = 30
_FIRST_DATA_ROW = 2


class Applicant(NamedTuple):
    """A line of the script and what that person writes into the form."""

    line: Line
    row: Row


class Load:
    """The traffic of one run, over a sample that nobody comes to the end of."""

    def __init__(self, urls: Mapping[str, str], sign_in: SignIn, seed: int, minutes: int, work: Path) -> None:
        """`work` takes the sample and the files that people bring."""
        self.sample = work / "sample"
        write_sample(self.sample, Size(PER_MINUTE * minutes, _WARDS, seed))
        self.doors = Asking(urls, sign_in, seed)
        self._cast = read_cast(self.sample)
        self._visits = Visits(self.doors, self._cast)
        self._papers = work / "papers"
        self._papers.mkdir()
        self._stopping = asyncio.Event()
        self._unspoken: deque[str] = deque()
        self._files = 0
        self._lots = 0

    @property
    def applications(self) -> int:
        """How many applications were taken."""
        return len(self._cast.accepted)

    def stop(self) -> None:
        """Begin nothing new; what was begun is said until it is answered."""
        self._stopping.set()

    async def run(self) -> None:
        """Until `stop`."""
        await self.doors.send_file("intake", "/rw", self.sample / "rw.csv", method="PUT")
        await self.doors.send_file("dispatch", "/couriers", self.sample / "tkk.csv", method="PUT")
        groups, pause = _groups(self.sample, self._cast.lines), 2 * 60.0 * _GROUP / PER_MINUTE
        async with asyncio.TaskGroup() as people:
            people.create_task(self._again_and_again(lambda: self._at_counter(groups), pause))
            people.create_task(self._again_and_again(lambda: self._by_file(groups), pause))
            people.create_task(self._again_and_again(self._ministry, 1.0))
            people.create_task(self._again_and_again(self._storekeeper, 4.0))
            people.create_task(self._again_and_again(self._visits.day, 0.7))

    async def _again_and_again(self, work: Callable[[], Awaitable[None]], pause: float) -> None:
        while not self._stopping.is_set():
            await work()
            await self._rest(pause)

    async def _rest(self, pause: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause)

    async def _at_counter(self, groups: Iterator[list[Applicant]]) -> None:
        await each(self._come_to_counter, next(groups, ()), at_once=4)

    async def _by_file(self, groups: Iterator[list[Applicant]]) -> None:
        if group := next(groups, None):
            await self._bring_file(group)

    async def _come_to_counter(self, one: Applicant) -> None:
        if one.line.refused:
            return  # an officer would not write such a thing into a form
        step = f"counter {one.line.door} {one.line.row}"
        given = await self.doors.ask("intake", "/applications", form(one.row), step)
        if given is not None:
            accepted = Accepted(given["application_id"], given["office_number"], given["tracking_code"])
            await self._taken(one.line, accepted)

    async def _bring_file(self, group: Sequence[Applicant]) -> None:
        file = self._new_file("permohonan")
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(HEADER)
            writer.writerows(one.row for one in group)
        done = await self.doors.send_file("intake", "/imports", file)
        for row in await self.doors.table("intake", f"/imports/{done['import_id']}/accepted.csv"):
            line = group[int(row["baris"]) - _FIRST_DATA_ROW].line
            await self._taken(line, Accepted(row["application_id"], row["nomor"], row["kode_lacak"]))

    async def _taken(self, line: Line, accepted: Accepted) -> None:
        self._cast.meet(line, accepted)
        one = accepted.application_id
        if line.new_address:
            change = {"address": line.new_address, "reason": "Alamat pada formulir keliru"}
            await self.doors.ask("intake", f"/applications/{one}/correction", change, f"correct {one}")
        if line.cancel == "RECORDED":
            await self._visits.cancel(one)
        elif line.word:
            self._unspoken.append(one)

    async def _ministry(self) -> None:
        about = [self._unspoken.popleft() for _ in range(len(self._unspoken))]
        if not about:
            return
        file = self._new_file("status-pusat")
        write_words(file, ((self._cast.accepted[one].office_number, self._cast.by_id[one]) for one in about))
        await self.doors.send_file("intake", "/clearances", file)
        await each(self._visits.cancel, [one for one in about if self._cast.by_id[one].cancel == "QUEUED"])

    async def _storekeeper(self) -> None:
        first = self._lots * _LOT + 1
        self._lots += 1
        receipt = {
            "site": SITE,
            "blank_kind": BLANK,
            "first_serial": f"BKS{first:09d}",
            "last_serial": f"BKS{first + _LOT - 1:09d}",
            "letter_number": f"470/{self._lots}/DUKCAPIL",
            "quantity": _LOT,
        }
        await self.doors.ask("printing", "/stock/receipts", receipt, f"lot {self._lots}")

    def _new_file(self, name: str) -> Path:
        self._files += 1
        return self._papers / f"{name}-{self._files}.csv"


def _groups(sample: Path, lines: Sequence[Line]) -> Iterator[list[Applicant]]:
    """The sample's people as they come, some at a time, whichever door they were meant for."""
    script = {(str(line.door), line.row): line for line in lines}
    group: list[Applicant] = []
    for door, name in (("COUNTER", "loket.csv"), ("FILE", "permohonan.csv")):
        for number, row in enumerate(rows_of(sample / name), start=1):
            group.append(Applicant(script[door, number], Row(**row)))
            if len(group) == _GROUP:
                yield group
                group = []
