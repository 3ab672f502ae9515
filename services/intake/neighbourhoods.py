"""Takes the city's neighbourhoods from a CSV file: without them no address is known."""

import asyncio
from typing import BinaryIO, Final

from services.intake import fields
from services.intake.digits import NotRead
from services.intake.faults import Fault
from services.intake.store import reference as store
from services.intake.table import Table
from shared.http.problems import Problem
from shared.messaging.transaction import Database

_LISTED: Final = 20


async def add_from(file: BinaryIO, db: Database) -> int:
    """Add the file's neighbourhoods to those known; returns how many it names.

    Raises:
        Problem: 422 with the first 20 bad rows, or when the file cannot be read; then nothing was added.
    """
    rws, listed, count = await asyncio.to_thread(_read, file)
    if count:
        errors = [{"field": f"baris {number}: {fault.field}", "code": fault.code, "message": fault.sentence}
                  for number, fault in listed]  # fmt: skip
        title = f"Ada {count} baris yang perlu diperbaiki. Tidak ada yang disimpan."
        raise Problem(422, "rows-have-faults", title, errors=errors)
    async with db.transaction() as tx:
        await store.add_neighbourhoods(tx.conn, sorted(rws))
    return len(rws)


def _read(file: BinaryIO) -> tuple[set[tuple[str, str]], list[tuple[int, Fault]], int]:
    # The first faults and how many there are: a file of any size may be wrong in every row.
    rws: set[tuple[str, str]] = set()
    listed: list[tuple[int, Fault]] = []
    count = 0
    for row in Table(file, ("kelurahan", "rw"), ()):
        column = "kelurahan"
        try:
            kelurahan = fields.kelurahan(row.cells.get("kelurahan", "").strip())
            column = "rw"
            rws.add((kelurahan, fields.rw(row.cells.get("rw", "").strip())))
        except NotRead as wrong:
            count += 1
            if count <= _LISTED:
                listed.append((row.number, row.fault or Fault(column, wrong.code)))
    return rws, listed, count
