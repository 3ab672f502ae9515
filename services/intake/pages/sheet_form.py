"""The sheet of a family as a form: the names of its fields, which are also the anchors of its faults."""

import re
from collections.abc import Iterator
from typing import Final

from starlette.datastructures import FormData

from services.intake.household import FAMILY_KIND, Finding
from services.intake.sheet import Member, Sheet

_OF_FAMILY: Final = {
    "kk": "kk", "phone": "hp", "address": "alamat", "kelurahan": "kelurahan", "rw": "rw", "rt": "rt",
    "landmark": "patokan", "family_reason": "alasan_kk",
}  # fmt: skip
_OF_MEMBER: Final = {
    "full_name": "nama", "nik": "nik", "relation": "hubungan", "birth_date": "lahir", "sex": "jk",
    "suket_expires_on": "suket", "disaster_victim": "bencana",
}  # fmt: skip
_NUMBERED: Final = re.compile(rf"(?:{'|'.join(_OF_MEMBER.values())})([1-9]\d?)")
_MOST_KINDS: Final = 20
ACCEPTED: Final = "yakin"
"""The ticks on the review: names of doubts that the officer has looked at."""


def sheet_of(form: FormData) -> Sheet:
    """What was written."""
    named = (_NUMBERED.fullmatch(name) for name in form)
    last = max((int(found[1]) for found in named if found), default=1)
    return Sheet(
        members=tuple(_member(form, n) for n in range(1, last + 1)),
        family_card=bool(_text(form, "kartu_keluarga")),
        **{field: _text(form, name) for field, name in _OF_FAMILY.items() if name in form},
    )


def fields_of(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """The fields that say the same again, for a page that carries the sheet on."""
    for field, name in _OF_FAMILY.items():
        yield name, getattr(sheet, field)
    if sheet.family_card:
        yield "kartu_keluarga", "ya"
    for n, member in enumerate(sheet.members, 1):
        for field, name in _OF_MEMBER.items():
            yield f"{name}{n}", getattr(member, field)
        yield from ((f"dokumen{n}", kind) for kind in member.documents)
        yield from ((f"alasan{n}-{kind}", reason) for kind, reason in member.reasons.items())


def anchor(finding: Finding) -> str:
    """The id of the field on the form."""
    n = "" if finding.member is None else finding.member + 1
    if finding.place == "reason":
        return f"alasan{n}-{finding.values['kind']}"
    known = {**_OF_FAMILY, **_OF_MEMBER, "family_card": "kartu_keluarga", "documents": "dokumen"}
    return f"{known[finding.place]}{n}"


def _member(form: FormData, n: int) -> Member:
    prefix = f"alasan{n}-"
    ticked = dict.fromkeys(k for k in form.getlist(f"dokumen{n}") if isinstance(k, str) and k != FAMILY_KIND)
    return Member(
        documents=tuple(ticked)[:_MOST_KINDS],
        reasons={name.removeprefix(prefix): _text(form, name) for name in form if name.startswith(prefix)},
        **{field: _text(form, f"{name}{n}") for field, name in _OF_MEMBER.items()},
    )


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
