"""Writes a sample: the files that an office would bring, and the script of what must become of them."""

import csv
import json
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import gcd
from pathlib import Path
from typing import Any

from shared.clock import WIB
from tools.sample.applications import HEADER, Row, clean_rows
from tools.sample.city import Ward, build_wards
from tools.sample.dice import Dice
from tools.sample.dirt import DIRTS, SHARE, Dirt
from tools.sample.fates import Fates
from tools.sample.script import COLUMNS, Door, Line, cells, line_of

COUNTER_EVERY, COUNTER_MOST = 50, 100
"""Of so many clean applications one comes to the counter instead of in the file, as long as the counter is open."""

_FIRST_WORD = datetime(2025, 5, 5, 8, tzinfo=WIB)
_DAYS = 25


@dataclass(frozen=True, slots=True)
class Size:
    """What makes two samples the same: applications (dirty rows included), neighbourhoods and seed."""

    applications: int
    rw: int
    seed: int


def write_sample(folder: Path, size: Size) -> None:
    """Writes permohonan.csv, loket.csv, rw.csv, tkk.csv, tkk-susulan.csv, script.csv and sample.json."""
    folder.mkdir(parents=True, exist_ok=True)
    wards = build_wards(size.seed, size.rw)
    _write(folder / "rw.csv", ("kelurahan", "rw"), ((w.kelurahan.name, w.rw) for w in wards))
    _write(folder / "tkk.csv", _COURIER, _couriers(wards, late=False))
    _write(folder / "tkk-susulan.csv", _COURIER, _couriers(wards, late=True))
    with ExitStack() as open_files:
        doors = {
            "FILE": _writer(open_files, folder / "permohonan.csv", HEADER),
            "COUNTER": _writer(open_files, folder / "loket.csv", HEADER),
        }
        script = _writer(open_files, folder / "script.csv", COLUMNS)
        for row, line in applications(size, wards):
            doors[line.door].writerow(row)
            script.writerow(cells(line))
    (folder / "sample.json").write_text(json.dumps(asdict(size)) + "\n", encoding="utf-8")


def sample_size(folder: Path) -> Size | None:
    """The size of the sample in this folder, None when there is none that was finished."""
    try:
        return Size(**json.loads((folder / "sample.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def applications(size: Size, wards: Sequence[Ward]) -> Iterator[tuple[Row, Line]]:
    """Every row with its line of the script, in the order of the files."""
    dice = Dice(size.seed, "files")
    fates = Fates(size.seed, wards)
    earlier: deque[Row] = deque(maxlen=100)
    at: dict[Door, int] = {"FILE": 0, "COUNTER": 0}
    dirts = _in_turn()
    for number, (row, ward) in enumerate(clean_rows(size.seed, wards, size.applications), start=1):
        dirt = next(dirts) if row.nik and earlier and dice.chance(SHARE) else None
        at_counter = dirt is None and number % COUNTER_EVERY == 0 and at["COUNTER"] < COUNTER_MOST
        door: Door = "COUNTER" if at_counter else "FILE"
        at[door] += 1
        written = dirt.soil(row, dice.pick(earlier)) if dirt else row
        if dirt and dirt.code:
            yield written, Line(door, at[door], refused=dirt.code)
            continue
        if door == "FILE" and row.nik:
            earlier.append(written)
        fate = fates.deal(row.jenis_dokumen, row.alasan)
        yield written, line_of(door, at[door], fate, ward, _observed_at(number, size.applications))


def _in_turn() -> Iterator[Dirt]:
    while True:
        yield from DIRTS.values()


def _observed_at(number: int, count: int) -> str:
    # Not in the order of recording, and no two at the same moment: the order of the queue is total.
    stride = next(n for n in (7919, 7927, 7933, 7937) if gcd(n, count) == 1)
    pace = max(1, _DAYS * 86_400 // count)
    return (_FIRST_WORD + timedelta(seconds=number * stride % count * pace)).isoformat()


_COURIER = ("kelurahan", "rw", "badge", "nama", "hp")


def _couriers(wards: Sequence[Ward], *, late: bool) -> Iterator[tuple[str, ...]]:
    for w in wards:
        if w.courier is not None and w.late is late:
            yield w.kelurahan.name, w.rw, w.courier.badge, w.courier.name, w.courier.phone


def _writer(open_files: ExitStack, path: Path, header: Sequence[str]) -> Any:
    file = open_files.enter_context(path.open("w", encoding="utf-8", newline=""))
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    return writer


def _write(path: Path, header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> None:
    with ExitStack() as open_files:
        _writer(open_files, path, header).writerows(rows)
