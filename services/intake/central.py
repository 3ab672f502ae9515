"""The words of the central system (SIAK) and what each means for us and for the citizen. Mirrored, never set.

Sources: OpenSID's code list and Disdukcapil pages (domain notes, 1.2). A word that is not here is mirrored and shown
as it stands.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from shared.sentence import Sentence


class Course(StrEnum):
    """How far the centre is with a record."""

    NOT_SENT = "NOT_SENT"
    AT_CENTRE = "AT_CENTRE"
    FAULT = "FAULT"
    READY = "READY"
    PRINTED = "PRINTED"
    ISSUED = "ISSUED"


class Meaning(NamedTuple):
    """`sentence` is for officers; `todo` is what the citizen must do about a fault."""

    course: Course
    sentence: str
    todo: str = ""


_AGAIN: Final = Sentence("Perlu rekam ulang: foto atau sidik jari di pusat tidak lengkap. Datang ke kecamatan. GRATIS.")
_TWICE: Final = Sentence("Data tercatat di dua daerah. Datang ke Disdukcapil dengan KK untuk memilih domisili. GRATIS.")
_DUPLICATE: Final = Meaning(Course.FAULT, Sentence("Tercatat di dua daerah"), _TWICE)
_EFAC: Final = Meaning(Course.FAULT, Sentence("Rekaman gagal diterima pusat"), _AGAIN)

WORDS: Final[dict[str, Meaning]] = {
    "UNREGISTERED": Meaning(Course.NOT_SENT, Sentence("Belum direkam")),
    "BIO_CAPTURED": Meaning(Course.NOT_SENT, Sentence("Sudah direkam, belum dikirim")),
    "PROCESSING": Meaning(Course.AT_CENTRE, Sentence("Sedang diproses")),
    "SENT_FOR_ENROLLMENT": Meaning(Course.AT_CENTRE, Sentence("Dikirim ke pusat, diperiksa")),
    "SFE": Meaning(Course.AT_CENTRE, Sentence("Dikirim ke pusat, diperiksa")),
    "RECEIVED_AT_CENTRAL": Meaning(Course.AT_CENTRE, Sentence("Diterima di pusat")),
    "ADJUDICATE_RECORD": Meaning(Course.AT_CENTRE, Sentence("Kemiripan diputuskan petugas pusat")),
    "DUPLICATE_RECORD": _DUPLICATE,
    "DUPLICATE": _DUPLICATE,
    "DUP": _DUPLICATE,
    "ENROLL_FAILURE_AT_CENTRAL": _EFAC,
    "EFAC": _EFAC,
    "ENROLL_FAILURE_AT_REGIONAL": Meaning(Course.FAULT, Sentence("Rekaman gagal di daerah"), _AGAIN),
    "EFAR": Meaning(Course.FAULT, Sentence("Rekaman gagal di daerah"), _AGAIN),
    "SEARCH_FAILURE_AT_CENTRAL": Meaning(
        Course.FAULT,
        Sentence("Pencarian di pusat gagal"),
        Sentence("Tidak perlu berbuat apa pun; kami ajukan lagi ke pusat."),
    ),
    "PRINT_READY_RECORD": Meaning(Course.READY, Sentence("Siap cetak")),
    "PRR": Meaning(Course.READY, Sentence("Siap cetak")),
    "TTE": Meaning(Course.READY, Sentence("Ditandatangani secara elektronik")),
    "SIGNED": Meaning(Course.READY, Sentence("Ditandatangani")),
    "SENT_FOR_CARD_PRINTING": Meaning(Course.READY, Sentence("Dikirim untuk dicetak")),
    "CARD_PRINTED": Meaning(Course.PRINTED, Sentence("Kartu tercetak")),
    "CARD_SHIPPED": Meaning(Course.ISSUED, Sentence("Kartu dikirim")),
    "CARD_ISSUED": Meaning(Course.ISSUED, Sentence("Kartu diserahkan")),
}


def meaning(word: str) -> Meaning | None:
    """What the word means; None when nobody has told us."""
    return WORDS.get(word)


def words_of(*courses: Course) -> list[str]:
    """All words that tell of one of these."""
    return sorted(word for word, known in WORDS.items() if known.course in courses)


FAULTS: Final = words_of(Course.FAULT)

AHEAD: Final = words_of(Course.ISSUED)
"""By these words the owner has the card; that differs from a record of ours that still waits, or came back."""

BEHIND: Final = words_of(Course.NOT_SENT, Course.AT_CENTRE, Course.FAULT)
"""By these words no card can have been printed; that differs from one that we have handed on."""

WE_WAIT: Final = ("RECORDED", "NEEDS_COMPLETION", "CLEARED", "RETURNED", "CANCELLED", "REJECTED")
WE_HANDED_ON: Final = ("PRINTED", "HANDED_OVER", "RETURNED", "CLOSED")


def differs(word: str, state: str) -> bool:
    """Whether the centre's word and our state cannot both be."""
    return (word in AHEAD and state in WE_WAIT) or (word in BEHIND and state in WE_HANDED_ON)
