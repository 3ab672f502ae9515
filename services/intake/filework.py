"""Works through a file in batches: each is one transaction that takes its rows, tells the world and moves the count.

Killed at any line, it leaves whole batches behind: a run in the background goes on from there, and a file that was sent
again goes on with what was not taken. Reading and checking run in a thread one batch ahead, so that other requests and
the database are not kept waiting.
"""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

import stamina
import structlog
from uuid_utils.compat import uuid7

from services.intake.digits import NotRead, digits
from services.intake.faults import Fault
from services.intake.store import imports as store
from services.intake.store.imports import Refusal
from services.intake.table import Row, Table
from services.intake.vault import Vault
from shared.http.problems import Problem
from shared.messaging.errors import is_transient
from shared.messaging.transaction import Database, Transaction

log = structlog.get_logger()

P = TypeVar("P")


@dataclass(slots=True)
class Outcome:
    """What became of the rows of a batch: how many of what, and the refused ones."""

    counts: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, row: int, faults: Sequence[Fault]) -> None:
        """Refuse a row: by the code of its first fault, with the sentences of all."""
        self.counts["refused"] += 1
        sentence = " ".join(dict.fromkeys(fault.sentence for fault in faults))
        self.refusals.append(Refusal(row, faults[0].field, faults[0].code, sentence))


class Work(Protocol[P]):
    """What is done with the rows: `prepare` in a thread and without the database, `apply` in the transaction."""

    @property
    def required(self) -> Sequence[str]:
        """Columns that the header must have."""
        ...

    @property
    def optional(self) -> Sequence[str]:
        """Columns that are read where the header has them."""
        ...

    def prepare(self, rows: Sequence[Row]) -> P:
        """Read and check the rows."""
        ...

    async def apply(self, tx: Transaction, import_id: UUID, prepared: P, /) -> Outcome:
        """Take what can be taken; every row counts once in the outcome. May run again after a rollback."""
        ...


class _Batch(NamedTuple, Generic[P]):
    rows: list[Row]
    prepared: P
    position: int
    """Bytes of the file that were read for it, at most a buffer more than it has."""


class Run(Generic[P]):
    """A file being worked through, `size` rows in a transaction, after the first `done` of them."""

    def __init__(self, id_: UUID, file: BinaryIO, work: Work[P], vault: Vault, size: int, done: int = 0) -> None:
        """Reads the header, so not in the event loop.

        Raises:
            Problem: 422 when the file as a whole cannot be read.
        """
        self.id = id_
        self.done = done
        self._file = file
        self._table = Table(file, work.required, work.optional)
        self._rows = iter(self._table)
        deque(islice(self._rows, done), maxlen=0)
        self._work = work
        self._vault = vault
        self._size = size
        self._coming: asyncio.Task[_Batch[P] | None] | None = None

    async def step(self, db: Database) -> bool:
        """Take the next batch; False when the file has come to its end, which is noted."""
        batch = await (self._coming or self._read_ahead())
        if batch is None:
            async with db.transaction() as tx:
                await store.note_layout(tx.conn, self.id, self._table.header, self._table.separator)
                await store.finish(tx.conn, self.id)
            return False
        self._coming = self._read_ahead()
        await self._take(db, batch)
        self.done += len(batch.rows)
        return True

    async def close(self) -> None:
        """Let go of the file; the thread that reads from it comes to its end before."""
        if self._coming is not None:
            with suppress(Exception):
                await self._coming
        self._file.close()

    def _read_ahead(self) -> "asyncio.Task[_Batch[P] | None]":
        return asyncio.create_task(asyncio.to_thread(self._following))

    def _following(self) -> _Batch[P] | None:
        rows = list(islice(self._rows, self._size))
        return _Batch(rows, self._work.prepare(rows), self._file.tell()) if rows else None

    async def _take(self, db: Database, batch: _Batch[P]) -> None:
        async for attempt in stamina.retry_context(on=_passing, attempts=None, timeout=60, wait_max=5):
            with attempt:
                async with db.transaction() as tx:
                    if await store.rows_done(tx.conn, self.id) != self.done:
                        return  # committed by an attempt whose answer was lost
                    outcome = await self._work.apply(tx, self.id, batch.prepared)
                    if outcome.refusals:
                        kept = await asyncio.to_thread(self._sealed, outcome.refusals, batch.rows)
                        await store.note_layout(tx.conn, self.id, self._table.header, self._table.separator)
                        await store.add_refusals(tx.conn, self.id, kept)
                    await store.advance(tx.conn, self.id, outcome.counts, batch.position)

    def _sealed(self, refusals: Sequence[Refusal], rows: Sequence[Row]) -> list[Refusal]:
        written = {row.number: row.written for row in rows}
        return [self._with_row(refusal, written[refusal.row_number]) for refusal in refusals]

    def _with_row(self, refusal: Refusal, written: Sequence[str]) -> Refusal:
        text = json.dumps(list(written), ensure_ascii=False).encode("utf-8", "replace")
        sealed = self._vault.close(about_row(self.id, refusal.row_number), text)
        return refusal._replace(written_sealed=sealed, persons=[self._vault.nik(n) for n in sorted(_numbers(written))])


def about_row(import_id: UUID, row_number: int) -> bytes:
    """What a refused row is sealed as."""
    return import_id.bytes + b"row" + row_number.to_bytes(4)


def _numbers(written: Sequence[str]) -> set[str]:
    """What may be a NIK among the cells, wherever it stands: by it an erasure finds the row."""
    found = set()
    for cell in written:
        with suppress(NotRead):
            if len(number := digits(cell, "NIK")) == 16:
                found.add(number)
    return found


@dataclass(frozen=True, slots=True)
class Desk:
    """Where files are worked through while their sender waits, `batch` rows in a transaction."""

    db: Database
    vault: Vault
    batch: int

    async def work_through(self, file: BinaryIO, purpose: str, name: str | None, work: Work[P]) -> UUID:
        """All rows of the file, to the end; returns the id under which the result is kept.

        Raises:
            Problem: 422 when the file as a whole cannot be read; then nothing was done. 500 or 503 when it was cut off.
        """
        import_id: UUID = uuid7()
        run = await asyncio.to_thread(Run, import_id, file, work, self.vault, self.batch)
        async with self.db.transaction() as tx:
            await store.begin(tx.conn, import_id, purpose, name)
        try:
            while await run.step(self.db):
                continue
        except Exception as error:
            log.exception("file_interrupted", file=str(import_id))
            raise _interrupted(import_id, error) from error
        finally:
            await run.close()
        return import_id


def _interrupted(import_id: UUID, error: Exception) -> Problem:
    # Unlike other requests, this one has done part of its work, and the rest is had by sending it again.
    title = (
        "Berkas terhenti di tengah jalan. Baris yang sudah diproses aman; kirim lagi berkas yang sama untuk sisanya."
    )
    status = 503 if is_transient(error) else 500
    return Problem(status, "file-interrupted", title, file_id=str(import_id))


def _passing(error: Exception) -> bool:
    return is_transient(error)
