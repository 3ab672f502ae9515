"""Reads an application form, typed at the counter or a row of a file, by one set of rules."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final, NamedTuple, TypeVar

from services.intake import fields
from services.intake.digits import NotRead
from services.intake.domain import DocumentKind, Kinds
from services.intake.faults import Fault
from services.intake.nik import Sex, kk_doubts, nik_doubts, read_kk, read_nik
from services.intake.phone import read_phone
from services.intake.vault import Identity
from shared.clock import WIB
from shared.events.intake import Reason

T = TypeVar("T")

Form = Mapping[str, str]
"""What was written, by field; a field that is absent or blank was left empty. Field names are those of `Draft`,
and `nik`, `kk`, `birth_date`, `sex`."""

_ADDRESS: Final = partial(fields.line, longest=300)
_LANDMARK: Final = partial(fields.line, longest=200)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a form is checked against: the kinds, and the known neighbourhoods as (kelurahan code, rw)."""

    kinds: Kinds
    rws: Container[tuple[str, str]]


class Draft(NamedTuple):
    """A form that can be taken, in its mended spelling. `recorded_at` None: at this moment."""

    kind: DocumentKind
    reason: Reason
    identity: Identity
    full_name: str
    phone: str | None
    email: str | None
    address: str
    landmark: str | None
    kelurahan_code: str
    rw: str
    rt: str
    suket_expires_on: date | None
    disaster_victim: bool
    recorded_at: datetime | None
    doubts: tuple[Fault, ...]


def examine(form: Form, reference: Reference, now: datetime) -> Draft | list[Fault]:
    """The form as it was meant, or all that keeps it from being taken, in the order of its fields."""
    reader = _Reader(form)
    recorded_at = reader.optional("recorded_at", fields.moment)
    day = (recorded_at or now).astimezone(WIB).date()
    kind = reader.kind(reference.kinds, day)
    reason = reader.required("reason", fields.reason)
    identity = reader.identity(kind)
    full_name = reader.required("full_name", fields.name)
    phone = reader.optional("phone", read_phone)
    email = reader.optional("email", fields.email)
    address = reader.required("address", _ADDRESS)
    landmark = reader.optional("landmark", _LANDMARK)
    kelurahan_code, rw = reader.neighbourhood(reference.rws)
    rt = reader.required("rt", fields.rt)
    suket = reader.optional("suket_expires_on", fields.day)
    victim = reader.optional("disaster_victim", fields.yes_or_no)
    if reader.faults:
        return reader.faults
    # With no fault, every required field was read.
    assert kind and reason and identity and full_name and address and kelurahan_code and rw and rt  # noqa: PT018
    doubts = tuple(_doubts(identity, full_name, now.astimezone(WIB).date()))
    return Draft(kind, reason, identity, full_name, phone, email, address, landmark, kelurahan_code, rw, rt,
                 suket, bool(victim), recorded_at, doubts)  # fmt: skip


class _Reader:
    """Takes fields one by one and keeps what was wrong with them."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.faults: list[Fault] = []

    def optional(self, field: str, read: Callable[[str], T], *, or_fault: str | None = None) -> T | None:
        if text := self._form.get(field, "").strip():
            try:
                return read(text)
            except NotRead as wrong:
                self.faults.append(Fault(field, wrong.code))
        elif or_fault:
            self.faults.append(Fault(field, or_fault))
        return None

    def required(self, field: str, read: Callable[[str], T]) -> T | None:
        return self.optional(field, read, or_fault="REQUIRED")

    def kind(self, kinds: Kinds, day: date) -> DocumentKind | None:
        code = self.required("document_kind", partial(_known, kinds))
        kind = kinds.on(code, day) if code else None
        if code and not kind:
            self.faults.append(Fault("document_kind", "KIND_NOT_IN_FORCE"))
        return kind

    def identity(self, kind: DocumentKind | None) -> Identity | None:
        nik = self.required("nik", read_nik) if kind and kind.nik_required else self.optional("nik", read_nik)
        kk = self.required("kk", read_kk)
        # Without a NIK the birth date is part of who it is.
        newborn = kind is not None and not self._form.get("nik", "").strip() and not kind.nik_required
        born = self.required("birth_date", fields.past_day) if newborn else self.optional("birth_date", fields.past_day)
        sex: Sex | None = self.optional("sex", fields.sex)
        return Identity(nik, kk, born, sex) if kk else None

    def neighbourhood(self, rws: Container[tuple[str, str]]) -> tuple[str | None, str | None]:
        kelurahan = self.required("kelurahan", fields.kelurahan)
        rw = self.required("rw", fields.rw)
        if kelurahan and rw and (kelurahan, rw) not in rws:
            self.faults.append(Fault("rw", "UNKNOWN_RW"))
        return kelurahan, rw


def _known(kinds: Kinds, text: str) -> str:
    code = kinds.find(text)
    if code is None:
        raise NotRead("UNKNOWN_KIND")
    return code


def _doubts(identity: Identity, full_name: str, today: date) -> list[Fault]:
    found = [Fault("kk", code) for code in kk_doubts(identity.kk, today)]
    if identity.nik is not None:
        fields_of = {"NIK_BIRTH_DATE_DIFFERS": "birth_date", "NIK_SEX_DIFFERS": "sex"}
        for code in nik_doubts(identity.nik, identity.birth_date, identity.sex):
            found.append(Fault(fields_of.get(code, "nik"), code))
    if len(full_name) < 3:
        found.append(Fault("full_name", "NAME_SHORT"))
    return found
