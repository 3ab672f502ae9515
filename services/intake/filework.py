"""Works through a file in batches: each is one transaction that takes its rows, tells the world and moves the count.

Killed at any line, it leaves whole batches behind; the same file sent again goes on with what was not taken.
Reading and checking run in a thread one batch ahead, so that other requests and the database are not kept waiting.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO, Protocol, TypeVar
from uuid import UUID

import stamina
import structlog
from uuid_utils.compat import uuid7

from services.intake.faults import Fault
from services.intake.store import imports as store
from services.intake.store.imports import Refusal
from services.intake.table import Row, Table
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


@dataclass(frozen=True, slots=True)
class Desk:
    """Where files are worked through, `batch` rows in a transaction."""

    db: Database
    batch: int

    async def work_through(self, file: BinaryIO, purpose: str, name: str | None, work: Work[P]) -> UUID:
        """All rows of the file, to the end; returns the id under which the result is kept.

        Raises:
            Problem: 422 when the file as a whole cannot be read; then nothing was done. 500 or 503 when it was cut off.
        """
        table = await asyncio.to_thread(Table, file, work.required, work.optional)
        import_id: UUID = uuid7()
        async with self.db.transaction() as tx:
            await store.begin(tx.conn, import_id, purpose, name)
        try:
            await self._take_all(import_id, table, work)
        except Exception as error:
            log.exception("file_interrupted", file=str(import_id))
            raise _interrupted(import_id, error) from error
        return import_id

    async def _take_all(self, import_id: UUID, table: Table, work: Work[P]) -> None:
        done = 0
        async with aclosing(_ahead(iter(table), work, self.batch)) as batches:
            async for count, prepared in batches:
                await self._take(import_id, done, work, prepared)
                done += count
        async with self.db.transaction() as tx:
            await store.finish(tx.conn, import_id)

    async def _take(self, import_id: UUID, done: int, work: Work[P], prepared: P) -> None:
        async for attempt in stamina.retry_context(on=_passing, attempts=None, timeout=60, wait_max=5):
            with attempt:
                async with self.db.transaction() as tx:
                    if await store.rows_done(tx.conn, import_id) != done:
                        return  # committed by an attempt whose answer was lost
                    outcome = await work.apply(tx, import_id, prepared)
                    await store.add_refusals(tx.conn, import_id, outcome.refusals)
                    await store.advance(tx.conn, import_id, outcome.counts)


def _interrupted(import_id: UUID, error: Exception) -> Problem:
    # Unlike other requests, this one has done part of its work, and the rest is had by sending it again.
    title = (
        "Berkas terhenti di tengah jalan. Baris yang sudah diproses aman; kirim lagi berkas yang sama untuk sisanya."
    )
    status = 503 if is_transient(error) else 500
    return Problem(status, "file-interrupted", title, file_id=str(import_id))


def _passing(error: Exception) -> bool:
    return is_transient(error)


async def _ahead(rows: Iterator[Row], work: Work[P], size: int) -> AsyncGenerator[tuple[int, P]]:
    """Batches as (number of rows, prepared): while one is used, the next is made in a thread."""

    def following() -> tuple[int, P] | None:
        batch = list(islice(rows, size))
        return (len(batch), work.prepare(batch)) if batch else None

    coming = asyncio.create_task(asyncio.to_thread(following))
    try:
        while (batch := await coming) is not None:
            coming = asyncio.create_task(asyncio.to_thread(following))
            yield batch
    finally:
        # The thread reads from the file, which is closed after this.
        await asyncio.wait([coming])
        if not coming.cancelled():
            coming.exception()
