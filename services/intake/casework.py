"""What officers do with a case besides correcting and cancelling it: complete, check, refuse, open it again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from services.intake import clearing, entries, recording, suket
from services.intake.domain import Kinds
from services.intake.form import Draft, examine
from services.intake.steps import Act
from services.intake.store import applications, cases, progress
from services.intake.vault import Vault
from shared.clock import WIB
from shared.events.intake import (
    ApplicationMadeComplete,
    ApplicationRecorded,
    ApplicationRejected,
    ApplicationReturnedForCompletion,
    Missing,
    RejectReason,
    SuketRenewed,
)
from shared.http.problems import Problem
from shared.messaging.transaction import Transaction
from shared.people import Visit
from shared.sentence import Sentence


class Case(NamedTuple):
    """The application that an officer acts on, and the revision that he has before his eyes."""

    id: UUID
    seen: int | None


async def return_for_completion(tx: Transaction, case: Case, missing: Sequence[Missing], visit: Visit) -> None:
    """Let it wait for what is missing; done again, it waits for what is missing now, since the first day.

    Raises:
        Problem: 404, 403, 409 as `recording.to_change`; 422 when nothing is named.
    """
    await recording.to_change(tx.conn, case.id, visit, Act.RETURN, case.seen)
    if not missing:
        raise Problem(422, "nothing-missing", "Pilih apa yang kurang.")
    now = datetime.now(UTC)
    await cases.return_for_completion(tx.conn, case.id, missing, now)
    await _keep(tx, case.id, Act.RETURN, missing, visit, now)
    tx.announce(ApplicationReturnedForCompletion(application_id=case.id, missing=tuple(missing), returned_at=now))


async def complete(tx: Transaction, case: Case, visit: Visit) -> None:
    """Nothing is missing any more. Where the ministry has cleared it meanwhile, it is cleared from now on.

    Raises:
        Problem: 404, 403, 409 as `recording.to_change`.
    """
    await recording.to_change(tx.conn, case.id, visit, Act.COMPLETE, case.seen)
    now = datetime.now(UTC)
    await cases.make_complete(tx.conn, case.id)
    await _keep(tx, case.id, Act.COMPLETE, (), visit, now)
    tx.announce(ApplicationMadeComplete(application_id=case.id, completed_at=now))
    await _hear_again(tx, case.id, now)


async def verify(tx: Transaction, case: Case, visit: Visit) -> None:
    """The doubts were compared with the papers and stand as they are written; a correction asks for it anew.

    Raises:
        Problem: 404, 403, 409 as `recording.to_change`.
    """
    row = await recording.to_change(tx.conn, case.id, visit, Act.VERIFY, case.seen)
    now = datetime.now(UTC)
    await cases.verify(tx.conn, case.id, now)
    codes = [doubt.partition(":")[2] for doubt in row["doubts"].split()]
    await _keep(tx, case.id, Act.VERIFY, codes, visit, now)


async def reject(tx: Transaction, case: Case, reason: RejectReason, visit: Visit) -> None:
    """Refuse it before it is cleared: nothing was begun that others would have to undo.

    Raises:
        Problem: 404, 403, 409 as `recording.to_change`.
    """
    await recording.to_change(tx.conn, case.id, visit, Act.REJECT, case.seen)
    now = datetime.now(UTC)
    await cases.reject(tx.conn, case.id, reason, now)
    await _keep(tx, case.id, Act.REJECT, (reason,), visit, now)
    tx.announce(ApplicationRejected(application_id=case.id, reason=reason, rejected_at=now))


async def renew_suket(tx: Transaction, case: Case, visit: Visit) -> None:
    """Issue the interim certificate, or renew it for six months; who waits for a blank moves with it.

    Raises:
        Problem: 404, 403, 409 as `recording.to_change`.
    """
    row = await recording.to_change(tx.conn, case.id, visit, Act.RENEW_SUKET, case.seen)
    now = datetime.now(UTC)
    until = suket.renewed_until(row["suket_expires_on"], now.astimezone(WIB).date())
    await cases.renew_suket(tx.conn, case.id, until)
    await _keep(tx, case.id, Act.RENEW_SUKET, (until.isoformat(),), visit, now)
    tx.announce(SuketRenewed(application_id=case.id, suket_expires_on=until, renewed_at=now))


async def reopen(tx: Transaction, vault: Vault, case: Case, visit: Visit) -> str:
    """Go on with a cancelled or refused application; returns the number of the one that does.

    That it ended was said to everybody and stays true: blanks were given back, a printed document was withdrawn. So
    a new application goes on with it, with its own number and code, made of what the old one says. It keeps the day
    of recording. If the old one was cleared and the ministry's last word still clears, it is cleared as of the old
    day, and so stands in the queue where it stood; if not, its place is given by the day it will be cleared.

    Raises:
        Problem: 404, 403, 409 as `recording.to_change`; 409 when it was opened again before, or the person has applied
            anew meanwhile; 422 when what it says can no longer be taken.
    """
    row = await recording.to_change(tx.conn, case.id, visit, Act.REOPEN, case.seen)
    if number := await cases.successor(tx.conn, case.id):
        raise Problem(409, "already-reopened", Sentence("Sudah dibuka lagi sebagai %(number)s.", number=number))
    now = datetime.now(UTC)
    reference = await recording.load_reference(tx.conn)
    draft = recording.sound(examine(recording.written(recording.details_of(row, vault)), reference, now))
    entry = await _take(tx, vault, draft, now)
    await cases.go_on_with(tx.conn, entry.id, case.id)
    for fact in entries.facts_of([(entry, draft)]):
        tx.announce(fact.model_copy(update={"continues": case.id}) if isinstance(fact, ApplicationRecorded) else fact)
    await _hear_of_old(tx, entry.id, row, now, reference.kinds)
    await _keep(tx, case.id, Act.REOPEN, (entry.office_number,), visit, now)
    return entry.office_number


async def _take(tx: Transaction, vault: Vault, draft: Draft, now: datetime) -> applications.Entry:
    while True:
        entry = entries.entry_of(draft, vault, now)
        await entries.give_numbers(tx.conn, [(entry, draft.kind)])
        if await applications.take(tx.conn, [entry]):
            return entry
        await recording.refuse_second(tx.conn, entry)


async def _hear_of_old(tx: Transaction, new: UUID, old: asyncpg.Record, now: datetime, kinds: Kinds) -> None:
    word = old["central_status"]
    if word is None:
        return
    at = old["central_status_at"]
    kind = kinds.on(old["document_kind"], now.astimezone(WIB).date())
    if kind and word in kind.clearing_words:
        at = old["cleared_at"] or now
    await _hear(tx, new, word, at, kinds)


async def _hear_again(tx: Transaction, application_id: UUID, now: datetime) -> None:
    kinds = (await recording.load_reference(tx.conn)).kinds
    (row,) = await progress.standing_by_id(tx.conn, [application_id])
    kind = kinds.on(row["document_kind"], now.astimezone(WIB).date())
    if kind and row["central_status"] in kind.clearing_words:
        await _hear(tx, application_id, row["central_status"], now, kinds)


async def _hear(tx: Transaction, application_id: UUID, word: str, at: datetime, kinds: Kinds) -> None:
    weighing = clearing.Weighing(await progress.standing_by_id(tx.conn, [application_id]), kinds)
    weighing.hear(application_id, word, at, dated=True)
    await weighing.settle(tx)


async def _keep(
    tx: Transaction, application_id: UUID, act: Act, codes: Sequence[Any], visit: Visit, now: datetime
) -> None:
    who = visit.person.name
    await cases.revise(tx.conn, application_id, who, now)
    await cases.note_step(tx.conn, cases.Step(application_id, now, act, [str(code) for code in codes], who))
    await visit.note(tx.conn, act.lower().replace("_", "-"), application_id, codes=list(codes))
