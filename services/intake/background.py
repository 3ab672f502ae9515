"""Works through files that nobody waits for: one at a time, the first that came first, batch by batch.

A killed process leaves whole batches; whoever holds the worker's lock next goes on behind them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from services.intake.filework import Run, Work
from services.intake.store import line
from services.intake.table import Table
from services.intake.upload import content_of, keep_sealed, unsealed
from services.intake.vault import Vault
from shared.http.problems import Problem
from shared.messaging.errors import is_transient
from shared.messaging.transaction import Connection, Database, Transaction
from shared.people import Person
from shared.sentence import Sentence
from shared.web.dates import moment

log = structlog.get_logger()

KEPT: Final = timedelta(days=7)
"""How long refused rows, and files that rest, are kept."""

Works = Mapping[str, Callable[[Connection], Awaitable[Work[Any]]]]
"""What is done with a file, by its purpose, against the reference of this moment."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be worked through when its turn comes; `name` is what its sender calls it."""

    file: BinaryIO
    purpose: str
    name: str | None
    required: Sequence[str]
    optional: Sequence[str]


async def put_in_line(tx: Transaction, vault: Vault, upload: Upload, person: Person) -> UUID:
    """Look at the file, keep it sealed and put it in line; returns the id of its run.

    Raises:
        Problem: 422 when the file as a whole cannot be read; 409 when it was sent before, with the id of that run.
    """
    await asyncio.to_thread(_look_at, upload)
    content, size = await asyncio.to_thread(content_of, vault, upload.file)
    id_: UUID = uuid7()
    arrival = line.Arrival(id_, upload.purpose, upload.name, size, content, person.subject, person.name)
    if not await line.join(tx.conn, arrival):
        known = await line.same(tx.conn, upload.purpose, content)
        assert known is not None
        title = Sentence("Berkas ini sudah diimpor %(when)s.", when=moment(known["started_at"]))
        raise Problem(409, "file-known", title, file_id=str(known["id"]))
    await keep_sealed(tx.conn, vault, id_, upload.file)
    return id_


def _look_at(upload: Upload) -> None:
    Table(upload.file, upload.required, upload.optional).release()


@dataclass(slots=True)
class Background:
    """The worker's memory: the file that is open between two steps."""

    vault: Vault
    folder: Path
    batch: int
    works: Works
    _run: Run[Any] | None = field(default=None, init=False)

    async def step(self, db: Database) -> bool:
        """Take the next batch of the file whose turn it is."""
        async with db.reading() as conn:
            turn = await line.first(conn)
        if self._run and (turn is None or (self._run.id, self._run.done) != (turn.id, turn.rows)):
            await self._let_go()
        if turn is None:
            return False
        try:
            self._run = self._run or await self._open(db, turn)
            if not await self._run.step(db):
                await self._let_go()
        except Exception as error:
            await self._let_go()
            if is_transient(error):
                raise
            # Tried again it would fail again, and all that stand behind it would wait for ever.
            log.exception("file_failed", file=str(turn.id))
            async with db.transaction() as tx:
                await line.fail(tx.conn, turn.id)
        return True

    async def _open(self, db: Database, turn: line.InLine) -> Run[Any]:
        async with db.reading() as conn:
            work = await self.works[turn.purpose](conn)
            file = await unsealed(conn, self.vault, turn.id, self.folder)
        return await asyncio.to_thread(Run, turn.id, file, work, self.vault, self.batch, turn.rows)

    async def _let_go(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            await run.close()


async def forget_files(db: Database) -> bool:
    """Delete what is kept of files longer than it may be. A worker's step."""
    async with db.transaction() as tx:
        forgotten = await line.forget(tx.conn, KEPT)
    if forgotten:
        log.info("files_forgotten", count=len(forgotten))
    return False
