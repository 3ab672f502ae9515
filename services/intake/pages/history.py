"""What happened to an application as far as it is known here, in order, and what it waits for."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import asyncpg

from services.intake import central
from services.intake.domain import State
from services.intake.pages.case_words import CANCEL_REASONS, FIELDS, MISSING, REJECT_REASONS, coded
from services.intake.steps import Act
from shared.sentence import Sentence

Say = Callable[..., str]
"""Says a sentence in the reader's language: `say(sentence, **values)`."""


class Happened(NamedTuple):
    """`at` is when it was done, `sentence` what, `small` the rest, `who` by whom (None: not by an officer here)."""

    at: datetime
    sentence: str
    small: str = ""
    who: str | None = None


class Waits(NamedTuple):
    """What an application waits for, and since when."""

    sentence: str
    since: datetime
    todo: str = ""


_HEARD: Final = (
    ("printed_at", Sentence("Dokumen dicetak")),
    ("handed_over_at", Sentence("Diserahkan kepada petugas RW")),
    ("returned_at", Sentence("Kembali ke kantor")),
    ("completed_at", Sentence("Diterima pemohon")),
)
_STEPS: Final = {
    Act.VERIFY: Sentence("Tanda periksa dicocokkan"),
    Act.RETURN: Sentence("Dikembalikan untuk dilengkapi"),
    Act.COMPLETE: Sentence("Dinyatakan lengkap"),
    Act.RENEW_SUKET: Sentence("Suket diterbitkan atau diperpanjang"),
    Act.CANCEL: Sentence("Dibatalkan"),
    Act.REJECT: Sentence("Ditolak"),
    Act.REOPEN: Sentence("Dibuka lagi"),
}
_CODES: Final[dict[Act, Any]] = {
    Act.RETURN: MISSING, Act.CANCEL: CANCEL_REASONS, Act.REJECT: REJECT_REASONS,
}  # fmt: skip


def history(
    row: asyncpg.Record,
    words: Sequence[asyncpg.Record],
    corrections: Sequence[asyncpg.Record],
    steps: Sequence[asyncpg.Record],
    say: Say,
) -> list[Happened]:
    """All of it, the first first."""
    found = [Happened(row["recorded_at"], say(Sentence("Permohonan diterima")))]
    found += [_word(word["word"], word["at"], say) for word in words]
    if row["cleared_at"]:
        found.append(Happened(row["cleared_at"], say(Sentence("Siap cetak"))))
    for one in corrections:
        fields = ", ".join(say(FIELDS.get(field, Sentence(field))) for field in one["fields"])
        found.append(Happened(one["at"], say(Sentence("Dikoreksi: %(fields)s", fields=fields)), one["why"], one["who"]))
    found += [_step(step, say) for step in steps]
    noted = {Act(step["act"]) for step in steps if step["act"] in set(Act)}
    if row["cancelled_at"] and Act.CANCEL not in noted:
        found.append(Happened(row["cancelled_at"], say(_STEPS[Act.CANCEL]),
                              say(coded(CANCEL_REASONS, row["cancel_reason"]))))  # fmt: skip
    found += [Happened(row[column], say(sentence)) for column, sentence in _HEARD if row[column]]
    return sorted(found, key=lambda one: one.at)


def _word(word: str, at: datetime, say: Say) -> Happened:
    known = central.meaning(word)
    said = say(known.sentence) if known else say(Sentence("kata ini belum kami kenal"))
    return Happened(at, say(Sentence("Pusat: %(word)s", word=word)), said)


def _step(step: asyncpg.Record, say: Say) -> Happened:
    act = Act(step["act"])
    codes = [say(coded(_CODES[act], code)) if act in _CODES else code for code in step["codes"]]
    small = "" if act is Act.VERIFY else ", ".join(codes)
    return Happened(step["at"], say(_STEPS[act]), small, step["who"])


def waits_for(row: asyncpg.Record, say: Say) -> Waits | None:
    """What it waits for; None when it has ended."""
    state = State(row["state"])
    known = central.meaning(row["central_status"]) if row["central_status"] else None
    if known and known.course is central.Course.FAULT and state in (State.RECORDED, State.CLEARED):
        return Waits(say(known.sentence), row["central_status_at"], say(known.todo))
    if state is State.RECORDED and row["doubts"] and row["verified_at"] is None:
        return Waits(say(Sentence("Petugas mencocokkan tanda periksa")), row["recorded_at"])
    if state is State.NEEDS_COMPLETION:
        things = ", ".join(say(coded(MISSING, code)) for code in row["missing"])
        return Waits(say(Sentence("Kelengkapan dari pemohon: %(things)s", things=things)), row["missing_since"])
    if state not in _WAITS:
        return None
    sentence, column = _WAITS[state]
    return Waits(say(sentence), row[column] or row["recorded_at"])


_WAITS: Final = {
    State.RECORDED: (Sentence("Pusat memeriksa data; lamanya tidak dapat dipastikan"), "recorded_at"),
    State.CLEARED: (Sentence("Giliran cetak"), "cleared_at"),
    State.PRINTED: (Sentence("Serah terima kepada petugas RW"), "printed_at"),
    State.HANDED_OVER: (Sentence("Petugas RW menyerahkan kepada pemohon"), "handed_over_at"),
    State.RETURNED: (Sentence("Keputusan kantor: antar lagi atau batalkan"), "returned_at"),
}
