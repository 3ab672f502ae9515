"""Sentences of the case pages: steps, codes, fields, and what happened when."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from services.intake.domain import State
from services.intake.faults import SENTENCES
from services.intake.nik import mask
from services.intake.steps import Act
from shared.events.intake import CancelReason, Missing, RejectReason
from shared.people import Role
from shared.sentence import Sentence

_OFFICERS: Final = frozenset({Role.COUNTER, Role.VERIFIER})
_VERIFIERS: Final = frozenset({Role.VERIFIER})


class Step(NamedTuple):
    """A step as a page offers it: the end of its address, its button, who may take it, what follows from it."""

    path: str
    button: Sentence
    roles: frozenset[Role]
    consequence: Sentence
    risk: bool = False


STEPS: Final[Mapping[Act, Step]] = {
    Act.COMPLETE: Step(
        "lengkap",
        Sentence("Sudah lengkap"),
        _OFFICERS,
        Sentence("Permohonan berjalan lagi. Bila pusat sudah menyatakan siap cetak, ia masuk antrean hari ini."),
    ),
    Act.VERIFY: Step(
        "cocok",
        Sentence("Sudah dicocokkan"),
        _VERIFIERS,
        Sentence("Anda menyatakan sudah mencocokkan tanda periksa dengan berkas pemohon."),
    ),
    Act.CORRECT: Step(
        "koreksi",
        Sentence("Koreksi"),
        _OFFICERS,
        Sentence("Data lama dan baru disimpan tersegel, dengan alasan dan nama Anda."),
    ),
    Act.RENEW_SUKET: Step(
        "suket",
        Sentence("Terbitkan atau perpanjang suket"),
        _OFFICERS,
        Sentence("Suket berlaku enam bulan. Kelompok dalam antrean menyesuaikan; waktu siap cetak tidak berubah."),
    ),
    Act.RETURN: Step(
        "kembalikan",
        Sentence("Kembalikan untuk dilengkapi"),
        _OFFICERS,
        Sentence("Permohonan menunggu kelengkapan dan tidak dicetak sebelum lengkap."),
    ),
    Act.REOPEN: Step(
        "buka-lagi",
        Sentence("Buka lagi"),
        _VERIFIERS,
        Sentence(
            "Permohonan baru melanjutkan yang ini, dengan nomor dan kode lacak baru. Bila sudah pernah siap cetak, "
            "tempatnya dalam antrean seperti dahulu."
        ),
    ),
    Act.CANCEL: Step(
        "batalkan",
        Sentence("Batalkan permohonan"),
        _OFFICERS,
        Sentence("Permohonan berakhir tanpa dokumen. Ini tidak dapat ditarik kembali."),
        risk=True,
    ),
    Act.REJECT: Step(
        "tolak",
        Sentence("Tolak"),
        _VERIFIERS,
        Sentence("Permohonan berakhir tanpa dokumen. Pemohon dapat mengajukan lagi."),
        risk=True,
    ),
}  # fmt: skip
"""In the order in which a page offers them."""

CANCELLING: Final[Mapping[State, Sentence]] = {
    State.CLEARED: Sentence("Tempat dalam antrean dilepas. Blangko yang sudah disediakan diberikan kepada berikutnya."),
    State.PRINTED: Sentence("Dokumen sudah dicetak: ia ditarik, kembali ke kantor, dan dimusnahkan."),
    State.RETURNED: Sentence("Dokumen di kantor ditarik dan dimusnahkan."),
}
"""What a cancellation means besides, where the application has come further."""

CANCEL_REASONS: Final[Mapping[CancelReason, Sentence]] = {
    CancelReason.APPLICANT_REQUEST: Sentence("Permintaan pemohon"),
    CancelReason.DUPLICATE: Sentence("Permohonan ganda"),
    CancelReason.RECORDED_IN_ERROR: Sentence("Salah catat"),
    CancelReason.MOVED_OUT: Sentence("Pindah keluar kota"),
    CancelReason.DECEASED: Sentence("Pemohon meninggal"),
}
REJECT_REASONS: Final[Mapping[RejectReason, Sentence]] = {
    RejectReason.NOT_ENTITLED: Sentence("Belum atau tidak berhak atas dokumen ini"),
    RejectReason.NOT_RESIDENT: Sentence("Bukan penduduk Kota Bekasi"),
    RejectReason.DOCUMENTS_NOT_GENUINE: Sentence("Berkas pendukung tidak sah"),
    RejectReason.NOT_COMPLETED: Sentence("Tidak dilengkapi"),
    RejectReason.OTHER: Sentence("Lainnya"),
}
MISSING: Final[Mapping[Missing, Sentence]] = {
    Missing.FAMILY_CARD: Sentence("Kartu keluarga"),
    Missing.OLD_CARD: Sentence("KTP lama atau suket"),
    Missing.POLICE_LETTER: Sentence("Surat kehilangan dari kepolisian"),
    Missing.MOVING_LETTER: Sentence("Surat keterangan pindah"),
    Missing.BIRTH_LETTER: Sentence("Surat keterangan lahir"),
    Missing.MARRIAGE_PROOF: Sentence("Buku nikah atau akta perkawinan"),
    Missing.DATA_CHANGE_FORM: Sentence("Formulir perubahan data (F-1.06)"),
    Missing.BIOMETRICS: Sentence("Perekaman foto dan sidik jari"),
    Missing.SIGNATURE: Sentence("Tanda tangan pemohon"),
    Missing.OTHER: Sentence("Lainnya"),
}
FIELDS: Final[Mapping[str, Sentence]] = {
    "full_name": Sentence("Nama lengkap"),
    "nik": Sentence("NIK"),
    "kk": Sentence("Nomor KK"),
    "birth_date": Sentence("Tanggal lahir"),
    "sex": Sentence("Jenis kelamin"),
    "address": Sentence("Alamat"),
    "kelurahan": Sentence("Kelurahan"),
    "rw": Sentence("RW"),
    "rt": Sentence("RT"),
    "landmark": Sentence("Patokan rumah"),
    "phone": Sentence("Nomor HP"),
    "email": Sentence("Surel"),
    "suket_expires_on": Sentence("Suket berlaku sampai"),
    "disaster_victim": Sentence("Korban bencana"),
}
"""What a correction may change, in the order of the form."""

SIAK_REASONS: Final[Mapping[str, Sentence]] = {
    "PRINT": Sentence("Putaran cetak"),
    "VERIFICATION": Sentence("Pencocokan dengan SIAK"),
    "RECORD_FAULT": Sentence("Data bermasalah di pusat"),
}
"""Why somebody looks at a whole NIK."""


def doubt(code: str) -> str:
    """What to look at, by the code of a doubt."""
    return SENTENCES.get(code, code)


def shown(field: str, value: str | None) -> str:
    """A value as a page may show it: of NIK and family card the middle is hidden."""
    if value is None:
        return "–"
    return mask(value) if field in ("nik", "kk") and len(value) == 16 else value


def coded(codes: Mapping[Any, Sentence], code: str) -> str:
    """The sentence of a code; a code of another release stands as it is."""
    known: Mapping[str, Sentence] = {str(key): sentence for key, sentence in codes.items()}
    return known.get(code, Sentence(code.replace("%", "")))
