"""A file of applications beside running services: until it is taken, and the refused rows mended and sent again."""

import asyncio
import csv
import io
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from typing import NamedTuple

import httpx2
import psutil

from bench.figures import Figure, Spread, Target
from bench.ground import DATA, Ground
from bench.memory import SERVICE, resident
from bench.processes import until
from shared.people import Role
from tools.embedded.bearer import Bearer
from tools.embedded.launcher import SERVICES, Launcher
from tools.sample.applications import HEADER, clean_rows
from tools.sample.city import Ward, build_wards
from tools.sample.dirt import DIRTS

ROWS = 100_000
BAD_EVERY = 50
SEED, NEIGHBOURHOODS = 2017, 1013
IMPORT = Target(30, 10, at_most=True)
_LOOK_SECONDS = 0.5


class File(NamedTuple):
    """What the office sends, and the line that each row should have been."""

    sent: Sequence[Sequence[str]]
    meant: Sequence[Sequence[str]]


class Taken(NamedTuple):
    """How long it took (seconds, CPU seconds of intake), the most memory of intake (MiB), and what came of it."""

    seconds: float
    cpu: float
    mib: float
    id: str
    taken: int
    refused: int


async def run(ground: Ground) -> list[Figure]:
    """All four services run and hear of what is taken; nothing to repeat, since it is long."""
    ground.stop()  # the platform brings its own
    rows = ground.size(ROWS)
    wards = build_wards(SEED, NEIGHBOURHOODS)
    file = a_file(wards, rows)
    shutil.rmtree(DATA / "importing", ignore_errors=True)
    with Launcher(DATA / "importing", SERVICES, kafka_heap="512m") as city:
        auth = Bearer(city.sign_in, lambda _: Role.ADMINISTRATOR)
        async with httpx2.AsyncClient(base_url=city.url("intake"), auth=auth, timeout=120, trust_env=False) as office:
            await _put(office, "PUT", "/rw", [("kelurahan", "rw"), *((w.kelurahan.name, w.rw) for w in wards)])
            first = await _take(city, office, file.sent)
            again = await _take(city, office, mended(await _refused(office, first.id), file.meant))
    if first.taken + again.taken != rows or again.refused:
        raise RuntimeError(f"of {rows} rows {first.taken} were taken, then {again.taken}, and {again.refused} refused")
    about = f"{rows:,} rows, {first.refused:,} of them refused; {first.cpu:.1f} CPU seconds of intake"
    return [
        Figure("a file beside running services", Spread.of([first.seconds]), "s", IMPORT, about),
        Figure("its refused rows, mended", Spread.of([again.seconds]), "s", detail=f"{again.taken:,} rows, all taken"),
        Figure("most memory of intake", Spread.of([first.mib]), "MiB", SERVICE, f"{rows:,} rows"),
    ]


def a_file(wards: Sequence[Ward], rows: int) -> File:
    """So many rows; every fiftieth has a fault, each kind in turn."""
    meant = [row for row, _ in clean_rows(SEED, wards, rows)]
    faults = cycle(dirt for dirt in DIRTS.values() if dirt.code)
    sent = list(meant)
    for n in range(BAD_EVERY - 1, rows, BAD_EVERY):
        earlier = next(row for row in reversed(meant[:n]) if row.nik)
        if meant[n].nik:  # a newborn without a number cannot have a wrong one
            sent[n] = next(faults).soil(meant[n], earlier)
    return File(sent, meant)


def mended(refused: str, meant: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """What the refused rows should have said, found by the number in their last column: `Baris 51: ...`."""
    for row in list(csv.reader(io.StringIO(refused)))[1:]:
        number = int(row[-1].removeprefix("Baris ").partition(":")[0])
        yield meant[number - 2]  # the header is 1


async def _take(city: Launcher, office: httpx2.AsyncClient, rows: Iterable[Sequence[str]]) -> Taken:
    intake = psutil.Process(city.pid("intake"))
    most = 0.0

    async def over() -> bool:
        nonlocal most
        most = max(most, resident(intake.pid))
        return bool((await office.get(followed)).json()["finished_at"])

    before, began = intake.cpu_times(), time.monotonic()
    followed = (await _put(office, "POST", "/imports", [HEADER, *rows])).headers["location"]
    seconds = await until(over, patience=1200, pause=_LOOK_SECONDS) - began
    after = intake.cpu_times()
    told = (await office.get(followed)).json()
    cpu = after.user + after.system - before.user - before.system
    return Taken(seconds, cpu, most, told["import_id"], told["taken"], told["refused"])


async def _refused(office: httpx2.AsyncClient, import_id: str) -> str:
    answer = await office.get(f"/loket/impor/{import_id}/ditolak.csv")
    answer.raise_for_status()
    return answer.content.decode("utf-8-sig")


async def _put(office: httpx2.AsyncClient, method: str, path: str, rows: Sequence[Sequence[str]]) -> httpx2.Response:
    text = io.StringIO()
    await asyncio.to_thread(csv.writer(text).writerows, rows)
    headers = {"Content-Type": "text/csv", "Prefer": "respond-async"}
    answer = await office.request(method, path, content=text.getvalue(), headers=headers)
    answer.raise_for_status()
    return answer
