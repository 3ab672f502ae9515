"""What is known already of those on a sheet: what they have running, where the family was found, who else calls."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.intake.digits import NotRead
from services.intake.faults import Fault
from services.intake.household import Claim, Finding, Reading, Wanted, in_order
from services.intake.nik import read_kk
from services.intake.sheet import Sheet, head_younger_than_child
from services.intake.store import households as store
from services.intake.vault import Vault
from shared.clock import WIB
from shared.messaging.transaction import Connection

RECENTLY: Final = timedelta(days=30)
"""Somebody who received the document that short ago may have come for something else."""
_FAMILIES: Final = 5
"""So many families with one telephone: perhaps somebody collects applications."""
_MEMBER_FIELDS: Final = frozenset({"full_name", "nik", "birth_date", "sex"})


def household_of(sheet: Sheet, vault: Vault) -> UUID | None:
    """The family's id, as far as its card's number can be read."""
    try:
        return vault.household(read_kk(sheet.kk.strip()))
    except NotRead:
        return None


async def running(conn: Connection, vault: Vault, sheet: Sheet, claims: Sequence[Claim]) -> list[Finding]:
    """Faults: what somebody on the sheet has applied for already, each with the number of that application."""
    household = household_of(sheet, vault)
    found = []
    for claim in claims:
        standing = await store.live_of(conn, vault.person(claim.identity, claim.full_name), claim.kind)
        if standing is None and claim.family and household is not None:
            standing = await store.live_of_family(conn, household, claim.kind)
        if standing is not None:
            place, member = ("family_card", None) if claim.family else ("documents", claim.member)
            values = {"kind": claim.kind, "date": standing["recorded_at"], "state": standing["state"]}
            found.append(Finding(place, "ALREADY_OPEN", member, values, standing["office_number"]))
    return found


async def doubts(
    conn: Connection, vault: Vault, sheet: Sheet, reading: Reading, within: Sequence[str], now: datetime
) -> list[Finding]:
    """What an officer has to look at before a sheet without faults is taken. `within`: patterns of their places."""
    found = [_placed(wanted, doubt) for wanted in reading.wanted for doubt in wanted.draft.doubts]
    head = head_younger_than_child(sheet, now.astimezone(WIB).date())
    if head is not None:
        found.append(Finding("relation", "HEAD_YOUNGER", head))
    draft = reading.wanted[0].draft
    household = vault.household(draft.identity.kk)
    before = await store.known(conn, household, within)
    if before and (before.kelurahan_code, before.rw, before.rt) != (draft.kelurahan_code, draft.rw, draft.rt):
        found.append(Finding("address", "KK_OTHER_ADDRESS", None, {"date": before.recorded_at}))
    if draft.phone and (n := await store.other_families_with(conn, draft.phone, household)) >= _FAMILIES:
        found.append(Finding("phone", "PHONE_OF_MANY", None, {"n": n}))
    return in_order(found + [f for w in reading.wanted if (f := await _received(conn, vault, w, now))])


def with_doubts(wanted: Sequence[Wanted], found: Sequence[Finding]) -> list[Wanted]:
    """The documents, each with all doubts that are about it, as its application keeps them."""

    def about(each: Wanted) -> tuple[Fault, ...]:
        codes = dict.fromkeys((f.place, f.code) for f in found if f.member in (None, each.member))
        return tuple(Fault(place, code) for place, code in codes)

    return [each._replace(draft=each.draft._replace(doubts=about(each))) for each in wanted]


async def _received(conn: Connection, vault: Vault, wanted: Wanted, now: datetime) -> Finding | None:
    draft = wanted.draft
    person = vault.person(draft.identity, draft.full_name)
    if not await store.received_since(conn, person, draft.kind.code, now - RECENTLY):
        return None
    place, member = ("family_card", None) if wanted.family else ("documents", wanted.member)
    return Finding(place, "RECEIVED_RECENTLY", member, {"kind": draft.kind.code})


def _placed(wanted: Wanted, doubt: Fault) -> Finding:
    return Finding(doubt.field, doubt.code, wanted.member if doubt.field in _MEMBER_FIELDS else None)
