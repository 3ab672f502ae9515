"""The rules at the door: what a visit counts for, who may receive, and where the document goes next. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Literal
from uuid import UUID

from shared.events.dispatch import AttemptOutcome, Holder, Receiver, ReturnReason

MAX_ATTEMPTS = 3
PICKUP_DAYS = 30
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a phone's clock may run ahead of ours."""
WIB = timezone(timedelta(hours=7), "WIB")
"""Asia/Jakarta: no summer time, so a fixed offset needs no time zone files."""


class State(StrEnum):
    """Where a delivery stands. Before EXPECTED's print there is no document yet."""

    EXPECTED = "EXPECTED"
    WAITING_FOR_RECIPIENT = "WAITING_FOR_RECIPIENT"
    WAITING_FOR_COURIER = "WAITING_FOR_COURIER"
    ASSIGNED = "ASSIGNED"
    WITH_COURIER = "WITH_COURIER"
    WAITING_FOR_ROUTE = "WAITING_FOR_ROUTE"
    HELD_FOR_PICKUP = "HELD_FOR_PICKUP"
    RECALLED = "RECALLED"
    LOST = "LOST"
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"


class OldCard(StrEnum):
    """What became of the old card or interim certificate."""

    TAKEN = "TAKEN"
    POLICE_LETTER = "POLICE_LETTER"
    NONE_HELD = "NONE_HELD"


COUNTED = frozenset(
    {
        AttemptOutcome.NOT_AT_HOME,
        AttemptOutcome.ADDRESS_NOT_FOUND,
        AttemptOutcome.NO_HOUSE_NUMBER,
        AttemptOutcome.REFUSED,
        AttemptOutcome.RECEIVER_NOT_ELIGIBLE,
        AttemptOutcome.OLD_CARD_NOT_SURRENDERED,
    }
)
"""Outcomes that use up one of the three visits; the others send the document elsewhere."""

REROUTED = frozenset({AttemptOutcome.WRONG_RW, AttemptOutcome.AREA_CLEARED, AttemptOutcome.MOVED_WITHIN_CITY})
"""Outcomes after which the coordinator names another RW; the clock keeps running."""

BROUGHT_BACK = {
    AttemptOutcome.MOVED_OUT: ReturnReason.MOVED_OUT,
    AttemptOutcome.DECEASED: ReturnReason.DECEASED,
    AttemptOutcome.DATA_ERROR_ON_CARD: ReturnReason.DATA_ERROR_ON_CARD,
    AttemptOutcome.DUPLICATE_CARD: ReturnReason.DUPLICATE_CARD,
    AttemptOutcome.DAMAGED: ReturnReason.DAMAGED,
}
"""Outcomes after which the document goes back to the office."""

# Sets of words, since `in` on an enumeration raises for a foreign word before Python 3.12.
OUTCOMES = frozenset(AttemptOutcome)
RECEIVERS = frozenset(Receiver)
OLD_CARDS = frozenset(OldCard)


@dataclass(frozen=True, slots=True)
class Document:
    """A printed document as its acts find it; `holder_badge` names the courier who holds it, if one does."""

    application_id: UUID
    state: State
    round: int
    attempts: int
    holder: Holder
    holder_badge: str | None
    on_blank: bool
    kelurahan_code: str | None
    courier_badge: str | None
    recalled_at: datetime | None = None
    held_until: date | None = None
    receiver: Receiver | None = None
    completed_at: datetime | None = None
    return_reason: ReturnReason | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Who took the document and what he gave for it, as reported; codes that nobody knows included."""

    receiver: str | None
    mandate_number: str | None
    old_card: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a courier did at the door: an attempt with its `outcome`, or a completion with its `receipt`."""

    act_id: UUID
    application_id: UUID
    courier_badge: str
    kind: Literal["attempt", "completion"]
    acted_at: datetime
    outcome: str | None
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an act or a request was not taken: a stable word for machines, a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Visit:
    """An accepted attempt: `number` is the visit's place; one that does not count leaves it to the next visit."""

    outcome: AttemptOutcome
    number: int
    counted: bool


NOT_FOUND = Refusal("not-found", "Dokumen ini tidak dikenal.")
IN_THE_FUTURE = Refusal(
    "in-the-future", "Waktu laporan lebih dari 5 menit di depan jam kantor. Betulkan jam HP Anda, lalu laporkan lagi."
)
NOT_IN_YOUR_HANDS = Refusal(
    "not-in-your-hands", "Dokumen ini tidak tercatat di tangan Anda. Hubungi koordinator kelurahan."
)
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


def visit(document: Document, outcome: AttemptOutcome) -> Visit:
    """The number of a visit without hand-over, and whether it is one of the three (pages.md §5.3).

    Once a document is recalled its visits have ended; one made before that was known here uses up nothing.
    """
    return Visit(outcome, document.attempts + 1, outcome in COUNTED and document.recalled_at is None)


def after_visit(document: Document, made: Visit, today: date) -> Document:
    """The document after that visit, its holder included.

    A recalled document stays recalled whatever is found at the door, until it is back; a third counted visit
    leaves it at the kelurahan for 30 days.
    """
    if made.outcome in BROUGHT_BACK:
        return returned(document, BROUGHT_BACK[made.outcome])
    if made.outcome == AttemptOutcome.LOST_IN_TRANSIT:
        return replace(document, state=State.LOST)
    if document.recalled_at is not None:
        return replace(document, state=State.RECALLED)
    if made.outcome in REROUTED:
        return replace(document, state=State.WAITING_FOR_ROUTE)
    attempts = document.attempts + 1
    if attempts < MAX_ATTEMPTS:
        found = State.WITH_COURIER if document.state == State.LOST else document.state
        return replace(document, attempts=attempts, state=found)
    held = replace(document, attempts=attempts, state=State.HELD_FOR_PICKUP)
    return replace(_given(held, Holder.KELURAHAN), held_until=today + timedelta(days=PICKUP_DAYS))


def delivered(document: Document, receiver: str, courier_badge: str | None, at: datetime) -> Document:
    """The document in the hands of one who may receive it; `courier_badge` None when it was picked up."""
    given = _given(document, Holder.RECEIVER)
    receiver = Receiver(receiver)
    return replace(given, state=State.DELIVERED, receiver=receiver, courier_badge=courier_badge, completed_at=at)


def returned(document: Document, reason: ReturnReason) -> Document:
    """The document back at the office, the delivery over."""
    return replace(_given(document, Holder.OFFICE), state=State.RETURNED, return_reason=reason)


def _given(document: Document, taker: Holder) -> Document:
    return replace(document, holder=taker, holder_badge=None)


def short_name(full_name: str) -> str:
    """What a courier needs to ask for somebody: "Sartika Wulandari" -> "Sartika W."; one-word names stay.

    Leading initials and titles ("M.", "Hj.") are kept with the first whole word, so that the name can be called.
    """
    words = full_name.split()
    first = next((i for i, word in enumerate(words) if len(word.strip(".'")) > 2), 0)
    return " ".join([*words[: first + 1], *(f"{word[0]}." for word in words[first + 1 :])])


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")


def wib(moment: datetime) -> str:
    """A time as people here read it: 4 Sep 2017, 10.42 WIB."""
    local = moment.astimezone(WIB)
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H.%M} WIB"
