"""Reads what one family asks for in one visit: a sheet with its address, its persons and their documents.

Each document is examined by the same rules as a single application; what is wrong comes back once, in the order
of the sheet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from services.intake import fields
from services.intake.digits import NotRead
from services.intake.faults import Fault
from services.intake.form import Draft, Form, Reference, examine
from services.intake.nik import read_kk, read_nik
from services.intake.sheet import LARGEST, Member, Relation, Sheet
from services.intake.vault import Identity
from shared.clock import WIB
from shared.events.regions import kelurahan_by_code

FAMILY_KIND: Final = "KK"
"""The document that a family has once."""


class Finding(NamedTuple):
    """A fault or a doubt. `place` is a field of the sheet, of the member with that index (None: of the family).

    `values` are for the sentence; `number` is the office number of the application that it is about.
    """

    place: str
    code: str
    member: int | None = None
    values: Mapping[str, object] = {}
    number: str | None = None


class Wanted(NamedTuple):
    """A document that can be applied for. `family`: it is not of the member alone."""

    member: int
    family: bool
    draft: Draft


class Claim(NamedTuple):
    """Who asks for what, as far as it could be read: also where the rest of the sheet is faulty."""

    member: int
    family: bool
    kind: str
    identity: Identity
    full_name: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the sheet says. With faults, `wanted` holds only what was free of them."""

    faults: list[Finding]
    wanted: list[Wanted]
    claims: list[Claim]


_OF_FAMILY: Final = ("kk", "phone", "address", "kelurahan", "rw", "rt", "landmark")
_OF_MEMBER: Final = (
    "full_name", "nik", "relation", "documents", "reason", "birth_date", "sex", "suket_expires_on", "disaster_victim",
)  # fmt: skip


def in_order(found: list[Finding]) -> list[Finding]:
    """Each once, as they stand on the sheet: the family, its members, what is for all of them."""

    def position(finding: Finding) -> tuple[int, int]:
        if finding.member is not None:
            return 1 + finding.member, _OF_MEMBER.index(finding.place)
        return (0, _OF_FAMILY.index(finding.place)) if finding.place in _OF_FAMILY else (1 + 10 * LARGEST, 0)

    seen: dict[tuple[object, ...], Finding] = {}
    for finding in found:
        seen.setdefault((finding.place, finding.member, finding.code, *finding.values.values()), finding)
    return sorted(seen.values(), key=position)


def read(sheet: Sheet, reference: Reference, now: datetime) -> Reading:
    """The sheet as it was meant, and all that keeps it from being taken."""
    faults, wanted, claims = _of_the_whole(sheet), [], []
    today = now.astimezone(WIB).date()
    for member, kind in _asked(sheet):
        written = sheet.members[member]
        examined = examine(_form(sheet, written, kind), reference, now)
        if isinstance(examined, Draft):
            wanted.append(Wanted(member, kind == FAMILY_KIND, examined))
        else:
            faults += [_placed(sheet, member, kind, fault) for fault in examined if kind or fault.field != "reason"]
        if reference.kinds.on(kind, today) and (identity := _identity(sheet, written)):
            claims.append(Claim(member, kind == FAMILY_KIND, kind, identity, written.full_name))
    return Reading(in_order(faults), wanted, claims)


def _asked(sheet: Sheet) -> Iterator[tuple[int, str]]:
    """Who asks for which kind; the kind is empty for someone who asks for nothing."""
    applicant = sheet.applicant if sheet.family_card else None
    for index, member in enumerate(sheet.members):
        if member.blank and len(sheet.members) > 1 and index != applicant:
            continue
        yield from ((index, kind) for kind in member.documents)
        if not member.documents and index != applicant:
            yield index, ""
    if applicant is not None:
        yield applicant, FAMILY_KIND


def _form(sheet: Sheet, member: Member, kind: str) -> Form:
    # A family card has no place in the queue for blanks that a suket or a disaster could change.
    own = kind != FAMILY_KIND
    return {
        "document_kind": kind,
        "reason": member.reasons.get(kind, "") if own else sheet.family_reason,
        "nik": member.nik,
        "kk": sheet.kk,
        "full_name": member.full_name,
        "birth_date": _day(member.birth_date),
        "sex": member.sex,
        "phone": sheet.phone,
        "address": sheet.address,
        "landmark": sheet.landmark,
        "kelurahan": sheet.kelurahan,
        "rw": sheet.rw,
        "rt": sheet.rt,
        "suket_expires_on": _day(member.suket_expires_on) if own else "",
        "disaster_victim": member.disaster_victim if own else "",
    }


def _day(text: str) -> str:
    # On a form in Bahasa 31/12/1990 and 31.12.1990 can only be meant one way: the day comes first.
    return text.strip().replace("/", "-").replace(".", "-").replace(" ", "-")


def _of_the_whole(sheet: Sheet) -> list[Finding]:
    faults = []
    if len(sheet.members) > LARGEST:
        faults.append(Finding("full_name", "TOO_MANY_MEMBERS", LARGEST, {"n": LARGEST}))
    seen: dict[str, int] = {}
    for index, member in enumerate(sheet.members):
        if member.blank and not (len(sheet.members) == 1 or (sheet.family_card and index == sheet.applicant)):
            continue
        if member.relation not in set(Relation):
            faults.append(Finding("relation", "REQUIRED", index))
        if not member.nik.strip() and member.birth_date.strip() and not member.sex.strip():
            faults.append(Finding("sex", "REQUIRED", index))
        person = _digits(member.nik) or f"{member.full_name.casefold().strip()}/{_day(member.birth_date)}"
        named = member.nik.strip() or member.full_name.strip()
        if not named or seen.setdefault(person, index) == index:
            continue
        faults.append(Finding("nik" if member.nik.strip() else "full_name", "SAME_PERSON", index,
                              {"n": seen[person] + 1}))  # fmt: skip
    return faults


def _placed(sheet: Sheet, member: int, kind: str, fault: Fault) -> Finding:
    if fault.field in _OF_FAMILY:
        return Finding(fault.field, fault.code, None, _values(sheet, fault))
    if kind == FAMILY_KIND and fault.field in ("reason", "document_kind"):
        return Finding("family_card", fault.code)
    written = sheet.members[member]
    if fault.field == "document_kind":
        return Finding("documents", fault.code, member)
    values: Mapping[str, object] = {"n": len(_digits(written.nik))} if fault.code == "NIK_LENGTH" else {}
    return Finding(fault.field, fault.code, member, {"kind": kind} if fault.field == "reason" else values)


def _values(sheet: Sheet, fault: Fault) -> Mapping[str, object]:
    if fault.code == "KK_LENGTH":
        return {"n": len(_digits(sheet.kk))}
    if fault.code == "UNKNOWN_RW":
        place = kelurahan_by_code()[fields.kelurahan(sheet.kelurahan.strip())]
        return {"rw": fields.rw(sheet.rw.strip()), "place": place.name}
    return {}


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _identity(sheet: Sheet, member: Member) -> Identity | None:
    try:
        if member.nik.strip():
            return Identity(read_nik(member.nik.strip()), "", None, None)
        born = fields.past_day(_day(member.birth_date))
        fields.name(member.full_name)
        return Identity(None, read_kk(sheet.kk.strip()), born, None)
    except NotRead:
        return None
