"""Takes all that a family asks for in one visit: everything or nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from services.intake import entries, standing
from services.intake.household import Finding, Reading, Wanted, in_order, read
from services.intake.recording import load_reference
from services.intake.sheet import Sheet
from services.intake.store import applications
from services.intake.store import households as store
from services.intake.vault import Vault
from shared.messaging.transaction import Connection, Transaction
from shared.people import Visit


class Checked(NamedTuple):
    """What a look at a sheet found: with faults it cannot be taken, with doubts somebody has to say yes first."""

    reading: Reading
    faults: list[Finding]
    doubts: list[Finding]


class SheetRefusedError(Exception):
    """The sheet cannot be taken as it is, and nothing of it was."""

    def __init__(self, checked: Checked) -> None:
        super().__init__()
        self.checked = checked


async def check(conn: Connection, vault: Vault, sheet: Sheet, visit: Visit) -> Checked:
    """Look at a sheet, changing nothing.

    Raises:
        Problem: 403, the officer does not work for that place.
    """
    now = datetime.now(UTC)
    reading = read(sheet, await load_reference(conn), now)
    for wanted in reading.wanted:
        visit.must_reach(wanted.draft.kelurahan_code, wanted.draft.rw)
    faults = in_order(reading.faults + await standing.running(conn, vault, sheet, reading.claims))
    if faults:
        return Checked(reading, faults, [])
    return Checked(reading, [], await standing.doubts(conn, vault, sheet, reading, visit.within, now))


async def register(tx: Transaction, vault: Vault, sheet: Sheet, accepted: frozenset[str], visit: Visit) -> UUID:
    """Take all that the sheet asks for; returns the id of the visit. `accepted`: names of doubts that were looked at.

    Raises:
        SheetRefusedError: it has faults, somebody was quicker, or a doubt has not been looked at.
        Problem: 403, the officer does not work for that place.
    """
    household = standing.household_of(sheet, vault)
    if household is not None:
        await store.wait_for_turn(tx.conn, household)
    checked = await check(tx.conn, vault, sheet, visit)
    if checked.faults or any(name_of(doubt) not in accepted for doubt in checked.doubts):
        raise SheetRefusedError(checked)
    now = datetime.now(UTC)
    documents = standing.with_doubts(checked.reading.wanted, checked.doubts)
    taken = [entries.entry_of(each.draft, vault, now) for each in documents]
    await _take(tx.conn, vault, sheet, checked.reading, list(zip(taken, documents, strict=True)))
    tx.announce(*entries.facts_of((entry, each.draft) for entry, each in zip(taken, documents, strict=True)))
    id_ = uuid7()
    lines = [(e.id, sheet.members[each.member].relation) for e, each in zip(taken, documents, strict=True)]
    await store.keep_registration(tx.conn, id_, now, visit.person.subject, lines)
    for entry in taken:
        await visit.note(tx.conn, "recorded", entry.id, registration=id_)
    return id_


def name_of(doubt: Finding) -> str:
    """By what an officer's yes to this doubt is known."""
    return f"{doubt.place}:{'' if doubt.member is None else doubt.member + 1}:{doubt.code}"


async def _take(
    conn: Connection, vault: Vault, sheet: Sheet, reading: Reading, left: Sequence[tuple[applications.Entry, Wanted]]
) -> None:
    while left:
        await entries.give_numbers(conn, [(entry, each.draft.kind) for entry, each in left])
        done = await applications.take(conn, [entry for entry, _ in left])
        left = [(entry, each) for entry, each in left if entry.id not in done]
        # Of those alone that were not taken: what was, is running by now.
        missed = {(each.member, entry.document_kind) for entry, each in left}
        claims = [claim for claim in reading.claims if (claim.member, claim.kind) in missed]
        if faults := await standing.running(conn, vault, sheet, claims):
            raise SheetRefusedError(Checked(reading, in_order(faults), []))
