"""Takes applications from a CSV file, row by row, and on a second run only what was not taken."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from services.intake import entries
from services.intake.faults import Fault
from services.intake.filework import Outcome
from services.intake.form import Draft, Reference, examine
from services.intake.recording import load_reference
from services.intake.store import applications as store
from services.intake.store import imports
from services.intake.store.applications import Entry
from services.intake.table import Row
from services.intake.vault import Vault
from shared.messaging.transaction import Connection, Transaction

REQUIRED: Final = {
    "jenis_dokumen": "document_kind",
    "alasan": "reason",
    "nik": "nik",
    "nomor_kk": "kk",
    "nama": "full_name",
    "alamat": "address",
    "kelurahan": "kelurahan",
    "rw": "rw",
    "rt": "rt",
}
OPTIONAL: Final = {
    "tanggal_lahir": "birth_date",
    "jenis_kelamin": "sex",
    "no_hp": "phone",
    "email": "email",
    "patokan": "landmark",
    "suket_berlaku_sampai": "suket_expires_on",
    "korban_bencana": "disaster_victim",
    "tanggal_rekam": "recorded_at",
}
_FIELDS: Final = REQUIRED | OPTIONAL
_COLUMNS: Final = {field: column for column, field in _FIELDS.items()}


class Candidate(NamedTuple):
    """A row that can be taken, if nobody was here before."""

    entry: Entry
    draft: Draft
    row: int
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch after reading: candidates in the order of the file, and the rows that are refused for what they say."""

    candidates: list[Candidate]
    refused: list[tuple[int, list[Fault]]]


@dataclass(frozen=True, slots=True)
class Importing:
    """The work on a file of applications."""

    vault: Vault
    reference: Reference
    required: Sequence[str] = tuple(REQUIRED)
    optional: Sequence[str] = tuple(OPTIONAL)

    def prepare(self, rows: Sequence[Row]) -> Prepared:
        """Read, check, seal."""
        prepared = Prepared([], [])
        now = datetime.now(UTC)
        for row in rows:
            form = {_FIELDS[column]: text for column, text in row.cells.items()}
            draft = [row.fault] if row.fault else examine(form, self.reference, now)
            if isinstance(draft, list):
                faults = [Fault(_COLUMNS.get(fault.field, ""), fault.code) for fault in draft]
                prepared.refused.append((row.number, faults))
                continue
            entry = entries.entry_of(draft, self.vault, now, from_file=True)
            assert entry.source_fingerprint
            prepared.candidates.append(Candidate(entry, draft, row.number, entry.source_fingerprint))
        return prepared

    async def apply(self, tx: Transaction, import_id: UUID, prepared: Prepared) -> Outcome:
        """Take the candidates that are new and whose person has no live application."""
        outcome = Outcome()
        for number, faults in prepared.refused:
            outcome.refuse(number, faults)
        pending = await self._once(tx, import_id, prepared.candidates, outcome)
        while pending:
            chosen = await self._choose(tx, pending, outcome)
            taken = await self._take(tx, chosen)
            outcome.counts["taken"] += len(taken)
            outcome.counts["warnings"] += sum(len(c.draft.doubts) for c in taken)
            # What was not stored lost a race since we looked, or drew a tracking code that is another's: look again.
            stored = {c.row for c in taken}
            pending = [c for c in chosen if c.row not in stored]
        return outcome

    async def _once(
        self, tx: Transaction, import_id: UUID, candidates: Sequence[Candidate], outcome: Outcome
    ) -> list[Candidate]:
        # Nobody else meets rows of this file meanwhile: its count is locked.
        said = await imports.met(tx.conn, import_id, [c.fingerprint for c in candidates])
        new = []
        for candidate in candidates:
            if candidate.fingerprint in said:
                outcome.refuse(candidate.row, [Fault("", "DUPLICATE_IN_FILE")])
            else:
                said.add(candidate.fingerprint)
                new.append(candidate)
        await imports.meet(tx.conn, import_id, ((c.row, c.fingerprint) for c in new))
        return new

    async def _choose(self, tx: Transaction, pending: Sequence[Candidate], outcome: Outcome) -> list[Candidate]:
        # In this order: a rival run that commits in between shows its row as known, not as somebody else's application.
        open_ = await store.open_among(tx.conn, [_person(c) for c in pending])
        known = await store.known_rows(tx.conn, [c.fingerprint for c in pending])
        chosen = []
        for candidate in pending:
            if candidate.fingerprint in known:
                outcome.counts["already_taken"] += 1
            elif _person(candidate) in open_:
                outcome.refuse(candidate.row, [Fault("", "ALREADY_OPEN")])
            else:
                chosen.append(candidate)
                open_.add(_person(candidate))
        return chosen

    async def _take(self, tx: Transaction, chosen: Sequence[Candidate]) -> list[Candidate]:
        if not chosen:
            return []
        await entries.give_numbers(tx.conn, [(c.entry, c.draft.kind) for c in chosen])
        stored = await store.take_many(tx.conn, [c.entry for c in chosen])
        taken = [c for c in chosen if c.entry.id in stored]
        await asyncio.to_thread(_announce, tx, taken)
        return taken


async def importing(vault: Vault, conn: Connection) -> Importing:
    """The work against the document kinds and neighbourhoods of this moment."""
    return Importing(vault, await load_reference(conn))


def _person(candidate: Candidate) -> tuple[bytes, str]:
    return candidate.entry.person_hash, candidate.entry.document_kind


def _announce(tx: Transaction, taken: Sequence[Candidate]) -> None:
    tx.announce(*entries.facts_of((c.entry, c.draft) for c in taken))
