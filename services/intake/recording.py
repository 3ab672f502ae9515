"""Takes, corrects and cancels single applications, as the counter does."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.intake import entries, fields
from services.intake.digits import NotRead
from services.intake.domain import FIXED_ONCE_CLEARED, Kinds, State
from services.intake.faults import Fault, as_errors
from services.intake.form import Draft, Form, Reference, examine
from services.intake.resting import must_not_rest
from services.intake.seen import about_correction, must_be_seen
from services.intake.steps import Act, refusal
from services.intake.store import applications as store
from services.intake.store import cases, reference
from services.intake.vault import Vault
from shared.clock import WIB
from shared.events.intake import ApplicationCancelled, ApplicationCorrected, CancelReason
from shared.http.problems import Problem
from shared.messaging.transaction import Connection, Transaction
from shared.people import Visit


async def load_reference(conn: Connection) -> Reference:
    """What forms are checked against, as it is now."""
    return Reference(Kinds(await reference.document_kinds(conn)), await reference.neighbourhoods(conn))


async def record(tx: Transaction, vault: Vault, form: Form, visit: Visit) -> dict[str, Any]:
    """Take an application; returns its numbers and what an officer should look at.

    Raises:
        Problem: 422 with the faults by field; 403 when the officer does not work for that place; 409 when the
            person has a live application for that kind.
    """
    now = datetime.now(UTC)
    draft = sound(examine(form, await load_reference(tx.conn), now))
    visit.must_reach(draft.kelurahan_code, draft.rw)
    while True:
        entry = entries.entry_of(draft, vault, now)
        await entries.give_numbers(tx.conn, [(entry, draft.kind)])
        if await store.take(tx.conn, [entry]):
            break
        await refuse_second(tx.conn, entry)
        # Nobody stands in the way: the other ended at this moment, or another tracking code was the same.
    tx.announce(*entries.facts_of([(entry, draft)]))
    await visit.note(tx.conn, "recorded", entry.id)
    return {
        "application_id": entry.id,
        "office_number": entry.office_number,
        "tracking_code": entry.tracking_code,
        "warnings": as_errors(list(draft.doubts)),
    }


async def correct(
    tx: Transaction,
    vault: Vault,
    application_id: UUID,
    changes: Form,
    why: str,
    visit: Visit,
    *,
    seen: int | None = None,
) -> dict[str, Any]:
    """Put details right before the print; returns which fields now say something else.

    `seen` is the revision that the officer had before his eyes.

    Raises:
        Problem: 404; 409 once printed, when somebody has changed the case since it was seen, or when the corrected
            person has a live application; 422 with the faults.
    """
    now = datetime.now(UTC)
    row = await to_change(tx.conn, application_id, visit, Act.CORRECT, seen)
    _refuse_late_correction(row, changes)
    after, values = await corrected(tx.conn, vault, row, changes)
    changed = tuple(values)
    visit.must_reach(after.kelurahan_code, after.rw)
    await visit.note(tx.conn, "corrected", application_id, fields=changed)
    if not changed:
        return {"fields": []}
    entry = entries.entry_of(after, vault, now, application_id=application_id)
    entry.office_number, entry.tracking_code = row["office_number"], row["tracking_code"]
    why = _why(why)
    await _write_anew(tx.conn, entry)
    revision = await cases.revise(tx.conn, application_id, visit.person.name, now)
    sealed = vault.close(about_correction(application_id, revision), json.dumps(values).encode())
    await store.note_correction(
        tx.conn, store.Correction(application_id, now, changed, why, visit.person.name, revision, sealed)
    )
    place = {"kelurahan_code": entry.kelurahan_code, "rw": entry.rw}
    tx.announce(
        ApplicationCorrected(application_id=application_id, fields=changed, corrected_at=now, **place),
        # While the data rest nobody else holds them; they are told when that is lifted.
        *(() if row["restricted_at"] else (entries.recipient_of(entry, after),)),
    )
    return {"fields": list(changed), "warnings": as_errors(list(after.doubts))}


async def corrected(
    conn: Connection, vault: Vault, row: asyncpg.Record, changes: Form
) -> tuple[Draft, dict[str, tuple[str | None, str | None]]]:
    """The application with these changes, and which fields then say something else: before and after.

    Raises:
        Problem: 422 with the faults.
    """
    before = details_of(row, vault)
    after = sound(examine({**written(before), **changes}, await load_reference(conn), datetime.now(UTC)))
    changed = sorted(field for field in changes if before[field] != _value(after, field))
    return after, {field: (_text(before[field]), _text(_value(after, field))) for field in changed}


async def cancel(
    tx: Transaction, application_id: UUID, reason: CancelReason, visit: Visit, *, seen: int | None = None
) -> dict[str, Any]:
    """End an application without a document; a printed one is withdrawn by those who hear of it.

    Raises:
        Problem: 404; 409 while the courier has the document, once the application has ended, and when somebody has
            changed the case since it was `seen`.
    """
    await to_change(tx.conn, application_id, visit, Act.CANCEL, seen)
    now = datetime.now(UTC)
    await store.cancel(tx.conn, application_id, reason, now)
    await cases.revise(tx.conn, application_id, visit.person.name, now)
    await cases.note_step(tx.conn, cases.Step(application_id, now, Act.CANCEL, (reason,), visit.person.name))
    await visit.note(tx.conn, "cancelled", application_id, reason=reason)
    tx.announce(ApplicationCancelled(application_id=application_id, reason=reason, cancelled_at=now))
    return {"application_id": application_id, "state": State.CANCELLED}


async def to_change(
    conn: Connection, application_id: UUID, visit: Visit, act: Act, seen: int | None = None
) -> asyncpg.Record:
    """The application, locked until the transaction ends, on which the act is possible.

    Raises:
        Problem: 404; 403 outside the officer's area and while the person's data rest, 410 when they were erased; 409
            when the act is refused or the case has changed since `seen`.
    """
    row = _found(await store.one_to_change(conn, application_id))
    visit.must_reach(row["kelurahan_code"], row["rw"])
    must_not_rest(row, visit)
    must_be_seen(row, seen)
    if no := refusal(act, row, datetime.now(WIB).date()):
        raise Problem(409, no.code, no.sentence, state=row["state"])
    return row


def details_of(row: asyncpg.Record, vault: Vault) -> dict[str, Any]:
    """What a stored application says, by the fields of the form."""
    identity = vault.unseal(row["id"], row["identity_sealed"])
    plain = ("document_kind", "reason", "full_name", "phone", "email", "address", "landmark", "rw", "rt")
    return {field: row[field] for field in plain} | {
        "nik": identity.nik,
        "kk": identity.kk,
        "birth_date": identity.birth_date,
        "sex": identity.sex,
        "kelurahan": row["kelurahan_code"],
        "suket_expires_on": row["suket_expires_on"],
        "disaster_victim": row["disaster_victim"],
        "recorded_at": row["recorded_at"],
    }


def written(details: Mapping[str, Any]) -> dict[str, str]:
    """The details as the form that would say the same."""
    return {field: str(value) for field, value in details.items() if value is not None}


async def _write_anew(conn: Connection, entry: store.Entry) -> None:
    try:
        async with conn.transaction():
            await store.correct(conn, entry)
    except asyncpg.UniqueViolationError:
        await refuse_second(conn, entry)
        raise


def _value(draft: Draft, field: str) -> object:
    if field in ("nik", "kk", "birth_date", "sex"):
        return getattr(draft.identity, field)
    return getattr(draft, "kelurahan_code" if field == "kelurahan" else field)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _refuse_late_correction(row: asyncpg.Record, changes: Form) -> None:
    late = FIXED_ONCE_CLEARED.intersection(changes) if row["cleared_at"] else ()
    if late:
        title = "Tempat dalam antrean sudah ditetapkan; isian ini tidak dapat diubah lagi."
        raise Problem(409, "already-cleared", title, fields=sorted(late))


async def refuse_second(conn: Connection, entry: store.Entry) -> None:
    """Return if nothing stands in the way of this application.

    Raises:
        Problem: 409 with the live application of the same person and kind.
    """
    standing = await store.open_of(conn, entry.person_hash, entry.document_kind)
    if standing:
        raise Problem(
            409,
            "already-open",
            Fault("", "ALREADY_OPEN").sentence,
            application_id=str(standing.id),
            office_number=standing.office_number,
            recorded_at=standing.recorded_at.isoformat(),
            state=standing.state,
        )


def _found(row: asyncpg.Record | None) -> asyncpg.Record:
    if row is None:
        raise Problem(404, "not-found", "Permohonan tidak ditemukan.")
    return row


def sound(examined: Draft | list[Fault]) -> Draft:
    """The draft.

    Raises:
        Problem: 422 with the faults by field.
    """
    if isinstance(examined, Draft):
        return examined
    title = f"Ada {len(examined)} isian yang perlu diperbaiki."
    raise Problem(422, "form-has-faults", title, errors=as_errors(examined))


def _why(text: str) -> str:
    try:
        return fields.line(text, 300)
    except NotRead as wrong:
        raise Problem(422, "form-has-faults", "Alasan koreksi perlu diperbaiki.",
                      errors=as_errors([Fault("reason", wrong.code)])) from None  # fmt: skip
