"""Sentences of the counter's pages: states, relations, reasons, and what is wrong with which field."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from fastapi import Request

from services.intake.faults import SENTENCES
from services.intake.household import Finding
from services.intake.sheet import Relation
from shared.events.intake import Reason
from shared.sentence import Sentence
from shared.web.dates import FILTERS
from shared.web.language import language_of
from shared.web.site import Site

STATES: Final[Mapping[str, tuple[str, Sentence]]] = {
    "RECORDED": ("work", Sentence("Diterima")),
    "NEEDS_COMPLETION": ("act", Sentence("Perlu dilengkapi")),
    "CLEARED": ("wait", Sentence("Siap cetak")),
    "PRINTED": ("move", Sentence("Selesai dicetak")),
    "HANDED_OVER": ("move", Sentence("Dibawa petugas RW")),
    "RETURNED": ("hold", Sentence("Kembali ke kantor")),
    "CLOSED": ("done", Sentence("Sudah diserahkan")),
    "CANCELLED": ("stop", Sentence("Dibatalkan")),
    "REJECTED": ("stop", Sentence("Ditolak")),
}
"""Of an application: family of the tag and its word."""

RELATIONS: Final[Mapping[Relation, Sentence]] = {
    Relation.HEAD: Sentence("Kepala keluarga"),
    Relation.HUSBAND: Sentence("Suami"),
    Relation.WIFE: Sentence("Istri"),
    Relation.CHILD: Sentence("Anak"),
    Relation.CHILD_IN_LAW: Sentence("Menantu"),
    Relation.GRANDCHILD: Sentence("Cucu"),
    Relation.PARENT: Sentence("Orang tua"),
    Relation.PARENT_IN_LAW: Sentence("Mertua"),
    Relation.RELATIVE: Sentence("Famili lain"),
    Relation.OTHER: Sentence("Lainnya"),
}

REASONS: Final[Mapping[Reason, Sentence]] = {
    Reason.FIRST: Sentence("Baru, pemegang pertama"),
    Reason.MOVED_IN: Sentence("Pindah datang"),
    Reason.LOST: Sentence("Hilang (surat polisi)"),
    Reason.DAMAGED: Sentence("Rusak"),
    Reason.DATA_CHANGED: Sentence("Ubah data"),
}

_PHONE: Final = Sentence("Nomor HP harus nomor seluler, misalnya 0812 3456 7890. Boleh dikosongkan.")

_FAULTS: Final[Mapping[str, Sentence]] = {
    "kk:REQUIRED": Sentence("Isi Nomor KK."),
    "kk:KK_LENGTH": Sentence("Nomor KK harus 16 angka, baru terisi %(n)s."),
    "phone:PHONE_NOT_MOBILE": _PHONE,
    "phone:PHONE_INVALID": _PHONE,
    "phone:PHONE_NOT_INDONESIAN": _PHONE,
    "phone:PHONE_NOT_DIGITS": _PHONE,
    "address:REQUIRED": Sentence("Isi alamat: jalan, gang, nomor rumah."),
    "kelurahan:REQUIRED": Sentence("Pilih kelurahan."),
    "rw:REQUIRED": Sentence("Isi RW."),
    "rw:UNKNOWN_RW": Sentence("RW %(rw)s tidak ada di Kelurahan %(place)s."),
    "rt:REQUIRED": Sentence("Isi RT."),
    "full_name:REQUIRED": Sentence("Isi nama lengkap, seperti di KK."),
    "full_name:TOO_MANY_MEMBERS": Sentence(
        "Paling banyak %(n)s orang sekali daftar. Hapus kelebihannya, lalu daftarkan nanti."
    ),
    "full_name:SAME_PERSON": Sentence("Orang ini sama dengan orang %(n)s. Satukan dokumennya di sana."),
    "nik:REQUIRED": Sentence("Isi NIK. Tanpa NIK hanya dapat dimohonkan akta kelahiran."),
    "nik:NIK_LENGTH": Sentence("NIK harus 16 angka, baru terisi %(n)s."),
    "nik:NIK_DATE_IMPOSSIBLE": Sentence("Tanggal pada NIK tidak ada di kalender. Periksa angka ke-7 sampai ke-12."),
    "nik:SAME_PERSON": Sentence("NIK ini sama dengan NIK orang %(n)s. Satukan dokumennya di sana."),
    "nik:NIK_REGION_UNKNOWN": Sentence("Kode wilayah NIK tidak dikenal. Boleh dilanjutkan bila sesuai KK."),
    "relation:REQUIRED": Sentence("Pilih hubungan dalam keluarga."),
    "documents:REQUIRED": Sentence("Pilih dokumen, atau hapus orang ini."),
    "documents:ALREADY_OPEN": Sentence("%(kind)s sudah dimohonkan %(date)s, kini %(state)s."),
    "documents:RECEIVED_RECENTLY": Sentence("%(kind)s diterima kurang dari 30 hari lalu. Tanyakan sebabnya."),
    "family_card:ALREADY_OPEN": Sentence("%(kind)s sudah dimohonkan %(date)s, kini %(state)s."),
    "family_card:RECEIVED_RECENTLY": Sentence("%(kind)s diterima kurang dari 30 hari lalu. Tanyakan sebabnya."),
    "reason:REQUIRED": Sentence("Pilih alasan %(kind)s."),
    "birth_date:REQUIRED": Sentence("Isi tanggal lahir, karena belum ada NIK."),
    "sex:REQUIRED": Sentence("Pilih jenis kelamin, karena belum ada NIK."),
    "address:KK_OTHER_ADDRESS": Sentence(
        "Keluarga ini tercatat di alamat lain pada %(date)s. Pastikan alamat yang baru benar."
    ),
    "phone:PHONE_OF_MANY": Sentence("Nomor HP ini dipakai %(n)s keluarga lain. Pastikan nomor ini milik pemohon."),
}
"""By field and code; where none is here, the sentence of the code alone is good enough."""


class Wording:
    """Says sentences in the reader's language. `kinds`: the names of document kinds by code, in that language."""

    def __init__(self, site: Site, request: Request, kinds: Mapping[str, str]) -> None:
        self._site = site
        self._request = request
        self._kinds = kinds
        self._filters = FILTERS[language_of(request)]

    def tell(self, sentence: Sentence, **values: object) -> str:
        """The sentence itself."""
        return self._site.say(self._request, sentence, **values)

    def day(self, at: datetime) -> str:
        """The day of a moment, written out."""
        return self._filters["day"](at)

    def of(self, finding: Finding) -> str:
        """What to do about a fault or a doubt."""
        sentence = _FAULTS.get(f"{finding.place}:{finding.code}") or SENTENCES[finding.code]
        return self.tell(sentence, **{name: self._word(name, value) for name, value in finding.values.items()})

    def where(self, finding: Finding) -> str:
        """The same, saying whose field it is: for the list on top of a page."""
        if finding.member is None or finding.code == "TOO_MANY_MEMBERS":
            return self.of(finding)
        return f"{self.tell(Sentence('Orang %(n)s'), n=finding.member + 1)}: {self.of(finding)}"

    def _word(self, name: str, value: object) -> object:
        if name == "kind":
            return self._kinds.get(str(value), value)
        if name == "state":
            return self.tell(STATES[str(value)][1]).lower()
        return self.day(value) if isinstance(value, datetime) else value
