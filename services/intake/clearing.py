"""Hears the ministry's words about applications, one by one or from a CSV file, and clears what is ready to print.

Mirrors only: no word is ever set here, and none is contradicted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from services.intake import central, fields, suket
from services.intake.digits import NotRead
from services.intake.domain import Kinds, Standing, State, Verdict, weigh
from services.intake.faults import Fault, as_errors
from services.intake.filework import Outcome
from services.intake.nik import read_nik
from services.intake.recording import load_reference
from services.intake.store import central as central_store
from services.intake.store import progress as store
from services.intake.store.progress import Word
from services.intake.table import Row
from services.intake.vault import Vault
from shared.clock import WIB
from shared.events.intake import ApplicationClearedForPrint, CentralStatusObserved
from shared.http.problems import Problem
from shared.messaging.transaction import Connection, Transaction
from shared.people import Visit

REQUIRED: Final = ("status",)
OPTIONAL: Final = ("nomor", "nik", "jenis_dokumen", "tanggal")

Target = str | tuple[bytes, str]
"""Whom a word is about: an office number, or (person hash, document kind)."""


class Observation(NamedTuple):
    """A word of the ministry, and when it was seen; `dated` False: nobody said when, so it is of this moment."""

    target: Target
    word: str
    at: datetime
    dated: bool
    row: int


class Weighing:
    """The words of one transaction about locked applications; later words see what earlier ones did."""

    def __init__(self, rows: Iterable[asyncpg.Record], kinds: Kinds) -> None:
        self._rows = {row["id"]: row for row in rows}
        self._standing = {id_: _standing(row) for id_, row in self._rows.items()}
        self._kinds = kinds
        self._cleared: list[Word] = []
        self._mirrored: list[Word] = []

    def hear(self, application_id: UUID, word: str, at: datetime, *, dated: bool) -> Verdict | str:
        """Weigh a word; a plain string is the code of a refusal."""
        before = self._standing[application_id]
        verdict = weigh(before, word, at, self._kinds)
        if verdict is Verdict.CLEARED:
            self._cleared.append(Word(application_id, word, at))
            self._standing[application_id] = before._replace(cleared=True, central_status=word)
        elif verdict is Verdict.MIRRORED and (dated or word != before.central_status):
            # A present word said again without a date is no news; one with a date is known by its date.
            self._mirrored.append(Word(application_id, word, at))
            self._standing[application_id] = before._replace(central_status=word)
        return verdict

    async def settle(self, tx: Transaction) -> None:
        """Write down and announce what was heard, each word once."""
        if self._cleared:
            await store.clear(tx.conn, self._cleared, suket.NEAR_DAYS)
            tx.announce(*(self._cleared_fact(*cleared) for cleared in self._cleared))
        if self._mirrored:
            news = await store.keep_words(tx.conn, self._mirrored)
            await store.mirror(tx.conn, [word.id for word in news])
            tx.announce(*(CentralStatusObserved(application_id=w.id, word=w.word, observed_at=w.at) for w in news))

    def _cleared_fact(self, application_id: UUID, _word: str, at: datetime) -> ApplicationClearedForPrint:
        row = self._rows[application_id]
        kind = self._kinds.on(row["document_kind"], at.astimezone(WIB).date())
        assert kind  # or the word had been refused
        return ApplicationClearedForPrint(
            application_id=application_id,
            document_kind=kind.code,
            blank_kind=kind.blank_kind,
            reason=row["reason"],
            disaster_victim=row["disaster_victim"],
            suket_expires_on=row["suket_expires_on"],
            kelurahan_code=row["kelurahan_code"],
            rw=row["rw"],
            recorded_at=row["recorded_at"],
            cleared_at=at,
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch after reading."""

    observations: list[Observation]
    refused: list[tuple[int, list[Fault]]]


@dataclass(frozen=True, slots=True)
class Clearing:
    """The work on a file of the ministry's words."""

    vault: Vault
    kinds: Kinds
    required: Sequence[str] = REQUIRED
    optional: Sequence[str] = OPTIONAL

    def prepare(self, rows: Sequence[Row]) -> Prepared:
        """Read and check; a row without a date is of this moment."""
        prepared = Prepared([], [])
        now = datetime.now(UTC)
        for row in rows:
            read = row.fault or self._observation(row, now)
            if isinstance(read, Fault):
                prepared.refused.append((row.number, [read]))
            else:
                prepared.observations.append(read)
        return prepared

    async def apply(self, tx: Transaction, import_id: UUID, prepared: Prepared, /) -> Outcome:
        """Weigh the words in the order of the file; count them, and note which do not go with our own record."""
        outcome = Outcome()
        for number, faults in prepared.refused:
            outcome.refuse(number, faults)
        found = await self._found(tx, [o.target for o in prepared.observations])
        weighing = Weighing(found.values(), self.kinds)
        await central_store.count_words(tx.conn, import_id, Counter(o.word for o in prepared.observations))
        await central_store.note_differences(tx.conn, import_id, _differing(prepared.observations, found))
        for observation in prepared.observations:
            row = found.get(observation.target)
            verdict: Verdict | str = "UNKNOWN_APPLICATION"
            if row:
                verdict = weighing.hear(row["id"], observation.word, observation.at, dated=observation.dated)
            if isinstance(verdict, Verdict):
                outcome.counts[verdict] += 1
            else:
                column = "nomor" if isinstance(observation.target, str) else "nik"
                outcome.refuse(observation.row, [Fault(column, verdict)])
        await weighing.settle(tx)
        return outcome

    async def _found(self, tx: Transaction, targets: Sequence[Target]) -> dict[Target, asyncpg.Record]:
        numbers = sorted({t for t in targets if isinstance(t, str)})
        persons = sorted({t for t in targets if not isinstance(t, str)})
        found: dict[Target, asyncpg.Record] = {}
        if numbers:
            found |= {row["office_number"]: row for row in await store.standing_by_number(tx.conn, numbers)}
        if persons:
            rows = await store.standing_by_person(tx.conn, persons)
            found |= {(row["person_hash"], row["document_kind"]): row for row in rows}
        return found

    def _observation(self, row: Row, now: datetime) -> Observation | Fault:
        cells = {column: text.strip() for column, text in row.cells.items()}
        column = "status"
        try:
            word = fields.status_word(cells.get("status", ""))
            column = "tanggal"
            dated = bool(cells.get("tanggal"))
            at = fields.moment(cells["tanggal"]) if dated else now
            if cells.get("nomor"):
                return Observation(cells["nomor"].upper(), word, at, dated, row.number)
            column = "nik"
            person = self.vault.nik(read_nik(cells.get("nik", "")))
        except NotRead as wrong:
            return Fault(column, wrong.code)
        kind = self.kinds.find(cells.get("jenis_dokumen", ""))
        return (
            Observation((person, kind), word, at, dated, row.number) if kind else Fault("jenis_dokumen", "UNKNOWN_KIND")
        )


def _differing(
    observations: Iterable[Observation], found: Mapping[Target, asyncpg.Record]
) -> Iterator[tuple[UUID, str, str]]:
    for seen in observations:
        row = found.get(seen.target)
        if row is not None and central.differs(seen.word, row["state"]):
            yield row["id"], seen.word, row["state"]


async def clearing(vault: Vault, conn: Connection) -> Clearing:
    """The work against the reference of this moment."""
    return Clearing(vault, (await load_reference(conn)).kinds)


async def hear_one(
    tx: Transaction, application_id: UUID, status: str, observed_at: datetime | None, visit: Visit
) -> dict[str, Any]:
    """A word about one application.

    Raises:
        Problem: 404; 422 when it is no word or of a time to come; 409 when the application has ended uncleared.
    """
    word, at = _read_one(status, observed_at or datetime.now(UTC))
    rows = await store.standing_by_id(tx.conn, [application_id])
    if not rows:
        raise Problem(404, "not-found", "Permohonan tidak ditemukan.")
    visit.must_reach(rows[0]["kelurahan_code"], rows[0]["rw"])
    weighing = Weighing(rows, (await load_reference(tx.conn)).kinds)
    verdict = weighing.hear(application_id, word, at, dated=observed_at is not None)
    if not isinstance(verdict, Verdict):
        raise Problem(409, verdict.lower().replace("_", "-"), Fault("", verdict).sentence, state=rows[0]["state"])
    await weighing.settle(tx)
    await visit.note(tx.conn, "central-word", application_id, word=word)
    return {"application_id": application_id, "result": verdict}


def _read_one(status: str, at: datetime) -> tuple[str, datetime]:
    try:
        word = fields.status_word(status)
    except NotRead as wrong:
        raise Problem(422, "form-has-faults", "Status perlu diperbaiki.",
                      errors=as_errors([Fault("status", wrong.code)])) from None  # fmt: skip
    try:
        return word, fields.past_moment(at)
    except NotRead as wrong:
        raise Problem(422, "form-has-faults", "Waktu perlu diperbaiki.",
                      errors=as_errors([Fault("observed_at", wrong.code)])) from None  # fmt: skip


def _standing(row: asyncpg.Record) -> Standing:
    return Standing(row["id"], row["document_kind"], State(row["state"]), row["cleared_at"] is not None,
                    row["central_status"])  # fmt: skip
