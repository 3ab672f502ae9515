"""The sheet that the counter fills in for one family in one visit: as it was written, nothing mended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from services.intake.digits import NotRead
from services.intake.nik import birth_dates, read_nik

LARGEST: Final = 12
"""Persons on one sheet; more are a second visit to the same form."""


class Relation(StrEnum):
    """To the head of the family, as the family card has it (SHDK)."""

    HEAD = "HEAD"
    HUSBAND = "HUSBAND"
    WIFE = "WIFE"
    CHILD = "CHILD"
    CHILD_IN_LAW = "CHILD_IN_LAW"
    GRANDCHILD = "GRANDCHILD"
    PARENT = "PARENT"
    PARENT_IN_LAW = "PARENT_IN_LAW"
    RELATIVE = "RELATIVE"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Member:
    """One person as written. `documents` are codes of kinds, `reasons` by kind."""

    full_name: str = ""
    nik: str = ""
    relation: str = ""
    birth_date: str = ""
    sex: str = ""
    suket_expires_on: str = ""
    disaster_victim: str = ""
    documents: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def blank(self) -> bool:
        """Whether nothing that matters was written: a block too many."""
        return not (self.full_name.strip() or self.nik.strip() or self.birth_date.strip() or self.documents)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was written, field by field, nothing mended."""

    kk: str = ""
    phone: str = ""
    address: str = ""
    kelurahan: str = ""
    rw: str = ""
    rt: str = ""
    landmark: str = ""
    members: tuple[Member, ...] = (Member(),)
    family_card: bool = False
    family_reason: str = "DATA_CHANGED"

    @property
    def applicant(self) -> int:
        """The index of whoever asks for the family card: the head, or the first who has a NIK."""
        with_nik = [index for index, member in enumerate(self.members) if member.nik.strip()]
        heads = [index for index in with_nik if self.members[index].relation == Relation.HEAD]
        return (heads or with_nik or [0])[0]


def head_younger_than_child(sheet: Sheet, today: date) -> int | None:
    """The index of the head when it was surely born after one of the children: perhaps two lines were swapped."""
    born = [(m.relation, dates) for m in sheet.members if (dates := _born(m, today))]
    children = [max(dates) for relation, dates in born if relation == Relation.CHILD]
    for index, member in enumerate(sheet.members):
        if member.relation == Relation.HEAD and children and (dates := _born(member, today)):
            return index if min(dates) > min(children) else None
    return None


def possible_births(nik: str, today: date) -> tuple[date, ...]:
    """When the person with this NIK can have been born: one day, or two a century apart."""
    return tuple(day for day in birth_dates(nik) if day <= today)


def _born(member: Member, today: date) -> tuple[date, ...]:
    try:
        return possible_births(read_nik(member.nik.strip()), today)
    except NotRead:
        return ()
