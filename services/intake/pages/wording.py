"""Sentences of the counter's pages: states, relations, reasons, and what is wrong with which field."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from fastapi import Request

from services.intake.faults import SENTENCES
from services.intake.household import Finding
from services.intake.sheet import Relation
from shared.events.intake import Reason
from shared.web.dates import FILTERS
from shared.web.language import language_of
from shared.web.site import Site

STATES: Final[Mapping[str, tuple[str, str]]] = {
    "RECORDED": ("work", "Diterima"),
    "NEEDS_COMPLETION": ("act", "Perlu dilengkapi"),
    "CLEARED": ("wait", "Siap cetak"),
    "PRINTED": ("move", "Selesai dicetak"),
    "HANDED_OVER": ("move", "Dibawa petugas RW"),
    "RETURNED": ("hold", "Kembali ke kantor"),
    "CLOSED": ("done", "Sudah diserahkan"),
    "CANCELLED": ("stop", "Dibatalkan"),
    "REJECTED": ("stop", "Ditolak"),
}
"""Of an application: family of the tag and its word."""

RELATIONS: Final[Mapping[Relation, str]] = {
    Relation.HEAD: "Kepala keluarga",
    Relation.HUSBAND: "Suami",
    Relation.WIFE: "Istri",
    Relation.CHILD: "Anak",
    Relation.CHILD_IN_LAW: "Menantu",
    Relation.GRANDCHILD: "Cucu",
    Relation.PARENT: "Orang tua",
    Relation.PARENT_IN_LAW: "Mertua",
    Relation.RELATIVE: "Famili lain",
    Relation.OTHER: "Lainnya",
}

REASONS: Final[Mapping[Reason, str]] = {
    Reason.FIRST: "Baru, pemegang pertama",
    Reason.MOVED_IN: "Pindah datang",
    Reason.LOST: "Hilang (surat polisi)",
    Reason.DAMAGED: "Rusak",
    Reason.DATA_CHANGED: "Ubah data",
}

_PHONE: Final = "Nomor HP harus nomor seluler, misalnya 0812 3456 7890. Boleh dikosongkan."

_FAULTS: Final[Mapping[str, str]] = {
    "kk:REQUIRED": "Isi Nomor KK.",
    "kk:KK_LENGTH": "Nomor KK harus 16 angka, baru terisi %(n)s.",
    "phone:PHONE_NOT_MOBILE": _PHONE,
    "phone:PHONE_INVALID": _PHONE,
    "phone:PHONE_NOT_INDONESIAN": _PHONE,
    "phone:PHONE_NOT_DIGITS": _PHONE,
    "address:REQUIRED": "Isi alamat: jalan, gang, nomor rumah.",
    "kelurahan:REQUIRED": "Pilih kelurahan.",
    "rw:REQUIRED": "Isi RW.",
    "rw:UNKNOWN_RW": "RW %(rw)s tidak ada di Kelurahan %(place)s.",
    "rt:REQUIRED": "Isi RT.",
    "full_name:REQUIRED": "Isi nama lengkap, seperti di KK.",
    "full_name:TOO_MANY_MEMBERS": "Paling banyak %(n)s orang sekali daftar. Hapus kelebihannya, lalu daftarkan nanti.",
    "full_name:SAME_PERSON": "Orang ini sama dengan orang %(n)s. Satukan dokumennya di sana.",
    "nik:REQUIRED": "Isi NIK. Tanpa NIK hanya dapat dimohonkan akta kelahiran.",
    "nik:NIK_LENGTH": "NIK harus 16 angka, baru terisi %(n)s.",
    "nik:NIK_DATE_IMPOSSIBLE": "Tanggal pada NIK tidak ada di kalender. Periksa angka ke-7 sampai ke-12.",
    "nik:SAME_PERSON": "NIK ini sama dengan NIK orang %(n)s. Satukan dokumennya di sana.",
    "nik:NIK_REGION_UNKNOWN": "Kode wilayah NIK tidak dikenal. Boleh dilanjutkan bila sesuai KK.",
    "relation:REQUIRED": "Pilih hubungan dalam keluarga.",
    "documents:REQUIRED": "Pilih dokumen, atau hapus orang ini.",
    "documents:ALREADY_OPEN": "%(kind)s sudah dimohonkan %(date)s, kini %(state)s.",
    "documents:RECEIVED_RECENTLY": "%(kind)s diterima kurang dari 30 hari lalu. Tanyakan sebabnya.",
    "family_card:ALREADY_OPEN": "%(kind)s sudah dimohonkan %(date)s, kini %(state)s.",
    "family_card:RECEIVED_RECENTLY": "%(kind)s diterima kurang dari 30 hari lalu. Tanyakan sebabnya.",
    "reason:REQUIRED": "Pilih alasan %(kind)s.",
    "birth_date:REQUIRED": "Isi tanggal lahir, karena belum ada NIK.",
    "sex:REQUIRED": "Pilih jenis kelamin, karena belum ada NIK.",
    "address:KK_OTHER_ADDRESS": "Keluarga ini tercatat di alamat lain pada %(date)s. Pastikan alamat yang baru benar.",
    "phone:PHONE_OF_MANY": "Nomor HP ini dipakai %(n)s keluarga lain. Pastikan nomor ini milik pemohon.",
}
"""By field and code; where none is here, the sentence of the code alone is good enough."""


class Wording:
    """Says sentences in the reader's language. `kinds`: the names of document kinds by code, in that language."""

    def __init__(self, site: Site, request: Request, kinds: Mapping[str, str]) -> None:
        self._site = site
        self._request = request
        self._kinds = kinds
        self._filters = FILTERS[language_of(request)]

    def say(self, sentence: str, **values: object) -> str:
        """The sentence itself."""
        return self._site.say(self._request, sentence, **values)

    def day(self, at: datetime) -> str:
        """The day of a moment, written out."""
        return self._filters["day"](at)

    def of(self, finding: Finding) -> str:
        """What to do about a fault or a doubt."""
        sentence = _FAULTS.get(f"{finding.place}:{finding.code}") or SENTENCES[finding.code]
        return self.say(sentence, **{name: self._word(name, value) for name, value in finding.values.items()})

    def where(self, finding: Finding) -> str:
        """The same, saying whose field it is: for the list on top of a page."""
        if finding.member is None or finding.code == "TOO_MANY_MEMBERS":
            return self.of(finding)
        return f"{self.say('Orang %(n)s', n=finding.member + 1)}: {self.of(finding)}"

    def _word(self, name: str, value: object) -> object:
        if name == "kind":
            return self._kinds.get(str(value), value)
        if name == "state":
            return self.say(STATES[str(value)][1]).lower()
        return self.day(value) if isinstance(value, datetime) else value
