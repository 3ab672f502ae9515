"""What officers may do with a case, and why not when they may not.

`domain.LEADS_TO` says which states a step leads to and from; here stands, act by act, in which states it is refused and
in what words. A page offers what is not refused, and the act itself asks once more under its lock.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

import asyncpg

from services.intake import suket
from services.intake.domain import ENDED, State
from shared.sentence import Sentence


class Act(StrEnum):
    """What an officer does with a case."""

    CORRECT = "CORRECT"
    VERIFY = "VERIFY"
    RETURN = "RETURN"
    COMPLETE = "COMPLETE"
    RENEW_SUKET = "RENEW_SUKET"
    CANCEL = "CANCEL"
    REJECT = "REJECT"
    REOPEN = "REOPEN"


class Refusal(NamedTuple):
    """Why a step is not possible: a stable code, and a sentence that says what to do instead."""

    code: str
    sentence: Sentence


_CLOSED: Final = Refusal("closed", Sentence("Permohonan sudah selesai; dokumen sudah diterima."))
_CANCELLED: Final = Refusal("already-cancelled", Sentence("Permohonan ini sudah dibatalkan."))
_REJECTED: Final = Refusal("already-rejected", Sentence("Permohonan ini sudah ditolak."))
_OVER: Final = {State.CLOSED: _CLOSED, State.CANCELLED: _CANCELLED, State.REJECTED: _REJECTED}
_PRINTED: Final = Refusal(
    "already-printed", Sentence("Dokumen sudah dicetak. Batalkan permohonan ini dan daftarkan yang baru.")
)
_ON_THE_WAY: Final = Refusal(
    "already-printed", Sentence("Dokumen sudah dicetak dan sedang diantar; data tidak dapat dikoreksi.")
)
_CLEARED: Final = Refusal(
    "already-cleared", Sentence("Data sudah siap cetak. Bila tidak boleh dicetak, batalkan permohonan ini.")
)
_BEYOND: Final = dict.fromkeys((State.CLEARED, State.PRINTED, State.HANDED_OVER, State.RETURNED), _CLEARED)
_NOT_WAITING: Final = Refusal("not-waiting", Sentence("Permohonan ini tidak sedang menunggu kelengkapan."))
_LIVE: Final = Refusal("still-live", Sentence("Permohonan ini masih berjalan; tidak perlu dibuka lagi."))

REFUSES: Final[Mapping[Act, Mapping[State, Refusal]]] = {
    Act.CORRECT: {
        State.PRINTED: _PRINTED,
        State.HANDED_OVER: _ON_THE_WAY,
        State.RETURNED: _PRINTED,
        **_OVER,
    },
    Act.VERIFY: {**_BEYOND, **_OVER},
    Act.RETURN: {**_BEYOND, **_OVER},
    Act.COMPLETE: {
        **dict.fromkeys(frozenset(State) - {State.NEEDS_COMPLETION}, _NOT_WAITING),
        **_OVER,
    },
    Act.RENEW_SUKET: {
        State.PRINTED: Refusal("already-printed", Sentence("Dokumen sudah dicetak; suket tidak perlu diperpanjang.")),
        State.HANDED_OVER: Refusal(
            "already-printed", Sentence("Dokumen sedang diantar; suket tidak perlu diperpanjang.")
        ),
        State.RETURNED: Refusal("already-printed", Sentence("Dokumen sudah dicetak; antarkan dokumennya.")),
        **_OVER,
    },
    Act.CANCEL: {
        State.HANDED_OVER: Refusal(
            "with-courier",
            Sentence(
                "Dokumen sudah diserahkan kepada petugas pengantar. Minta dokumen dikembalikan dahulu, lalu batalkan."
            ),
        ),
        **_OVER,
    },
    Act.REJECT: {**_BEYOND, **_OVER},
    Act.REOPEN: {
        **dict.fromkeys(frozenset(State) - ENDED, _LIVE),
        State.CLOSED: Refusal("closed", Sentence("Dokumen sudah diterima. Daftarkan permohonan baru bila perlu.")),
    },
}


def refusal(act: Act, row: asyncpg.Record, today: date) -> Refusal | None:
    """Why the act is not possible for the application (its columns) as it stands; None: it is."""
    if row.get("erased_at") is not None:
        return Refusal("erased", Sentence("Data orang pada permohonan ini sudah dihapus; tidak ada yang dapat diubah."))
    found = REFUSES[act].get(State(row["state"]))
    if found is not None:
        return found
    if act is Act.VERIFY and (not row["doubts"] or row["verified_at"] is not None):
        return Refusal("no-doubts", Sentence("Tidak ada yang perlu dicocokkan pada permohonan ini."))
    if act is Act.RENEW_SUKET:
        return _suket_refusal(row, today)
    return None


def _suket_refusal(row: asyncpg.Record, today: date) -> Refusal | None:
    expires_on: date | None = row["suket_expires_on"]
    if row["document_kind"] != suket.KIND:
        return Refusal("no-suket", Sentence("Suket hanya untuk yang menunggu KTP-el."))
    if expires_on is None:
        # Who is first in the queue for having no suket would lose that place by getting one.
        sentence = Sentence("Data sudah siap cetak; suket tidak diterbitkan lagi.")
        return Refusal("no-suket", sentence) if row["cleared_at"] is not None else None
    if expires_on > today + timedelta(days=suket.NEAR_DAYS):
        return Refusal("suket-good", Sentence("Suket masih berlaku lebih dari 30 hari. Perpanjang menjelang habis."))
    return None
