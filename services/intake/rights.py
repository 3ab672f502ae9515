"""The rights of the person whose data these are (UU 27/2022): to know, to have put right, put to rest, and erased.

Resting and erasing are told on `intake.recipient.v1` by the same empty value: dispatch and notify hold a person only as
long as that topic does. Lifting a rest registers the recipient anew. So while data rest
- no message goes out: those that come due meanwhile wait and go out when the rest is lifted; those already in the mail
  are withdrawn,
- a courier sees neither name nor address. A document that he already carries stays in his custody without them, so it
  comes back to the kelurahan or the office; what is printed meanwhile waits for its recipient.
The facts on public topics stay in both cases: they say nothing of anybody.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import asyncpg

from services.intake import recording
from services.intake.digits import NotRead
from services.intake.domain import ENDED, State
from services.intake.faults import Fault
from services.intake.nik import mask, read_nik
from services.intake.resting import ERASED
from services.intake.store import rights as store
from services.intake.vault import Vault
from shared.events.intake import RECIPIENT, CancelReason, RecipientRegistered
from shared.http.problems import Problem
from shared.messaging.transaction import Connection, Transaction
from shared.people import Visit


class EraseReason(StrEnum):
    """Why a person is erased before the time."""

    REQUEST = "REQUEST"
    UNLAWFUL = "UNLAWFUL"
    IN_ERROR = "IN_ERROR"


async def find(conn: Connection, vault: Vault, nik: str) -> UUID | None:
    """The latest application of the person with this NIK, as it was typed.

    Raises:
        Problem: 422 when it is no NIK; repeats nothing of it.
    """
    try:
        person = vault.nik(read_nik(nik))
    except NotRead as wrong:
        raise Problem(422, "not-a-nik", Fault("nik", wrong.code).sentence) from None
    return await store.latest_of(conn, person)


async def theirs(conn: Connection, application_id: UUID) -> list[asyncpg.Record]:
    """All applications of the person whom this one is for, the latest first.

    Raises:
        Problem: 404.
    """
    rows = await store.with_person_of(conn, application_id)
    if not rows:
        raise Problem(404, "not-found", "Permohonan tidak ditemukan.")
    return rows


async def restrict(tx: Transaction, application_id: UUID, visit: Visit) -> None:
    """Let the person's data rest: seen here by nobody else, held nowhere else."""
    rows = await _locked(tx.conn, application_id)
    await store.restrict(tx.conn, [row["id"] for row in rows], datetime.now(UTC))
    await visit.note_each(tx.conn, "restricted", [row["id"] for row in rows])
    for row in rows:
        tx.erase(RECIPIENT, str(row["id"]))


async def lift(tx: Transaction, vault: Vault, application_id: UUID, visit: Visit) -> None:
    """The data may be used again; those who deliver and notify are told of the recipient anew."""
    rows = [row for row in await _locked(tx.conn, application_id) if row["restricted_at"] is not None]
    await store.restrict(tx.conn, [row["id"] for row in rows], None)
    await visit.note_each(tx.conn, "restriction-lifted", [row["id"] for row in rows])
    tx.announce(*(recipient_of(row, vault) for row in rows))


async def erase(tx: Transaction, application_id: UUID, reason: EraseReason, visit: Visit) -> None:
    """Erase the person from all of their applications; live ones are cancelled first.

    Raises:
        Problem: 409 while a courier has a document of theirs.
    """
    rows = await _locked(tx.conn, application_id)
    for row in rows:
        if State(row["state"]) not in ENDED:
            await recording.cancel(tx, row["id"], CancelReason.APPLICANT_REQUEST, visit)
    await forget(tx, rows, datetime.now(UTC))
    await visit.note_each(tx.conn, "erased", [row["id"] for row in rows], reason=reason)


async def forget(tx: Transaction, rows: Sequence[asyncpg.Record], at: datetime) -> None:
    """Take the person out of these locked applications, and tell those who hold a copy."""
    await store.erase(tx.conn, rows, at)
    for row in rows:
        tx.erase(RECIPIENT, str(row["id"]))


def recipient_of(row: asyncpg.Record, vault: Vault) -> RecipientRegistered:
    """Whom the courier visits, as the application says it now."""
    nik = vault.unseal(row["id"], row["identity_sealed"]).nik
    plain = ("household_id", "office_number", "tracking_code", "full_name", "phone", "email", "address", "landmark",
             "kelurahan_code", "rw", "rt", "registered_at")  # fmt: skip
    return RecipientRegistered(
        application_id=row["id"], nik_masked=mask(nik) if nik else None, **{name: row[name] for name in plain}
    )


async def _locked(conn: Connection, application_id: UUID) -> list[asyncpg.Record]:
    rows = await store.lock(conn, [row["id"] for row in await theirs(conn, application_id)])
    if any(row["erased_at"] is not None for row in rows):
        raise Problem(410, "erased", ERASED)
    return rows
