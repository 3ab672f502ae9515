"""Why an act at the door or a receipt cannot stand, in words for the courier. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.dispatch.domain import Act, Document, Receipt, State
from services.dispatch.reporter import Reporter
from services.dispatch.wording import wib
from shared.events.dispatch import AttemptOutcome, Holder, Receiver

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a phone's clock may run ahead of ours."""


class OldCard(StrEnum):
    """What became of the old card or interim certificate."""

    TAKEN = "TAKEN"
    POLICE_LETTER = "POLICE_LETTER"
    NONE_HELD = "NONE_HELD"


# Sets of words, since `in` on an enumeration raises for a foreign word before Python 3.12.
OUTCOMES = frozenset(AttemptOutcome)
RECEIVERS = frozenset(Receiver)
OLD_CARDS = frozenset(OldCard)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an act or a request was not taken: a stable word for machines, a sentence for people."""

    code: str
    message: str


NOT_FOUND = Refusal("not-found", "Dokumen ini tidak dikenal.")
IN_THE_FUTURE = Refusal(
    "in-the-future", "Waktu laporan lebih dari 5 menit di depan jam kantor. Betulkan jam HP Anda, lalu laporkan lagi."
)
NOT_IN_YOUR_HANDS = Refusal(
    "not-in-your-hands", "Dokumen ini tidak tercatat di tangan Anda. Hubungi koordinator kelurahan."
)
NOT_YOUR_BADGE = Refusal(
    "not-your-badge", "Laporan ini atas nomor kartu petugas lain. Petugas itu sendiri yang melaporkannya."
)
OUTSIDE_AREA = Refusal("outside-area", "Dokumen ini di luar wilayah tugas Anda. Hubungi koordinator kelurahan.")
RECALLED = Refusal("recalled", "Dokumen ini ditarik. Jangan diserahkan, bawa kembali ke kantor.")
UNKNOWN_OUTCOME = Refusal("unknown-outcome", "Pilih satu alasan yang ada di daftar.")
NO_RECEIVER = Refusal("receiver-missing", "Pilih siapa yang menerima dokumen.")
RECEIVER_NOT_ALLOWED = Refusal(
    "receiver-not-allowed",
    "Dokumen hanya untuk pemohon, anggota KK yang sama, atau pemegang surat kuasa. "
    "Tetangga dan ketua RT/RW tidak boleh menerima.",
)
MANDATE_MISSING = Refusal("mandate-missing", "Isi nomor surat kuasa.")
OLD_CARD_MISSING = Refusal(
    "old-card-missing",
    "KTP lama atau suket belum diambil. Ambil dahulu, kecuali hilang dengan surat polisi atau belum pernah punya.",
)


def already_delivered(document: Document) -> Refusal:
    """Says when and by whom, so that the second courier can put it out of his mind."""
    when = f" {wib(document.completed_at)}" if document.completed_at else ""
    return Refusal(
        "already-delivered", f"Sudah dilaporkan diserahkan{when} oleh {document.courier_badge or 'kelurahan'}."
    )


def refuse_receipt(receipt: Receipt, *, on_blank: bool) -> Refusal | None:
    """Why the document may not be given so, or None when it may.

    Source: domain.md §1.4. The owner, an adult on the same family card, or the holder of a written mandate; what was
    printed on a controlled blank is exchanged for the old card or interim certificate. Plain paper replaces nothing.
    """
    if not receipt.receiver:
        return NO_RECEIVER
    if receipt.receiver not in RECEIVERS:
        return RECEIVER_NOT_ALLOWED
    if receipt.receiver == Receiver.MANDATE_HOLDER and not (receipt.mandate_number or "").strip():
        return MANDATE_MISSING
    if on_blank and receipt.old_card not in OLD_CARDS:
        return OLD_CARD_MISSING
    return None


def refuse_reporter(reporter: Reporter, document: Document | None, act: Act) -> Refusal | None:
    """Why this act is not theirs to report, or None when it is: another's badge, or a place outside their area."""
    if reporter.badge is not None and act.courier_badge != reporter.badge:
        return NOT_YOUR_BADGE
    if document is None or document.kelurahan_code is None:
        return None
    return None if reporter.reach(document.kelurahan_code, document.rw) else OUTSIDE_AREA


def refuse_act(document: Document | None, act: Act, now: datetime) -> Refusal | None:
    """Why the courier's act cannot stand, or None when it does.

    An act before the recall of a cancelled document stands: he could not know, and what is given is given.
    """
    if act.acted_at > now + CLOCK_TOLERANCE:
        return IN_THE_FUTURE
    if document is None:
        return NOT_FOUND
    if document.state == State.DELIVERED:
        return already_delivered(document)
    if document.holder != Holder.COURIER or document.holder_badge != act.courier_badge:
        return NOT_IN_YOUR_HANDS
    return _refuse_at_the_door(document, act)


def _refuse_at_the_door(document: Document, act: Act) -> Refusal | None:
    if document.recalled_at is not None and act.acted_at >= document.recalled_at:
        return RECALLED
    if act.kind == "completion":
        return refuse_receipt(act.receipt, on_blank=document.on_blank)
    return None if act.outcome in OUTCOMES else UNKNOWN_OUTCOME
