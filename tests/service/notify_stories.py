"""For each state of the tracking page how an application comes there, and what the page says of it."""

from collections.abc import Callable
from typing import NamedTuple

from services.notify.domain import State
from shared.events.base import Event
from shared.events.dispatch import AttemptOutcome
from shared.events.intake import Missing
from tests.service.notify_cases import Life

Events = Callable[[Life], list[Event]]


class Said(NamedTuple):
    """What a reader of one language finds: headline, tag, and a sentence that is true of this application alone."""

    headline: str
    tag: str
    sentence: str


class Story(NamedTuple):
    """`card` false: the application is for a document without a blank."""

    state: State
    family: str
    happened: Events
    id: Said
    en: Said
    card: bool = True

    def life(self, number: int) -> Life:
        """An application that it can happen to; `number` makes its code."""
        return Life(code=f"BKS-7F3K9Q{number:03}", card=self.card, name="KTP-el" if self.card else "Kartu Keluarga")


def _released_for_a_reason_of_next_year(life: Life) -> Event:
    return life.released().model_copy(update={"reason": "STOCK_COUNT"})


STORIES = [
    Story(State.RECEIVED, "work", Life.born,
          Said("Permohonan diterima", "Diterima", "Kami terima 1 September 2017."),
          Said("Application received", "Received", "We received it on 1 September 2017.")),
    Story(State.NEEDS_COMPLETION, "act", lambda a: [*a.born(), a.incomplete(Missing.FAMILY_CARD, Missing.BIOMETRICS)],
          Said("Ada yang perlu dilengkapi", "Perlu dilengkapi", "Kurang: KK, rekam foto dan sidik jari."),
          Said("Please bring what is missing", "Something is missing",
               "Missing: family card (KK), recording of photo and fingerprints.")),
    Story(State.AT_CENTRE, "wait", lambda a: [*a.born(), a.central("SENT_FOR_ENROLLMENT")],
          Said("Data Anda diperiksa di pusat", "Diperiksa di pusat", "Lamanya tidak dapat kami pastikan."),
          Said("Your data are being checked at the centre", "Checked at the centre",
               "We cannot say how long this takes.")),
    Story(State.WAITING_FOR_SIGNATURE, "wait", lambda a: [*a.born(), a.central("PROCESSING")],
          Said("Menunggu tanda tangan pejabat", "Menunggu tanda tangan", "Tidak perlu blangko."),
          Said("Waiting for the official&#39;s signature", "Waiting for a signature", "No blank card is needed."),
          card=False),
    Story(State.RECORDED_TWICE, "act", lambda a: [*a.born(), a.central("DUPLICATE_RECORD")],
          Said("Data tercatat di dua daerah", "Data perlu diselesaikan", "memilih domisili"),
          Said("You are recorded in two places", "Data to be settled", "with your family card to choose")),
    Story(State.RECORD_AGAIN, "act", lambda a: [*a.born(), a.central("EFAC")],
          Said("Perlu rekam ulang", "Data perlu diselesaikan", "Foto atau sidik jari Anda di pusat tidak lengkap."),
          Said("Please record again", "Data to be settled", "Your photo or fingerprints at the centre are incomplete.")),
    Story(State.CLEARED, "work", lambda a: [*a.born(), a.cleared()],
          Said("Siap dicetak", "Siap cetak", "Data Anda siap cetak sejak 3 September 2017."),
          Said("Ready to be printed", "Ready to print", "Your data have been ready to print since 3 September 2017.")),
    Story(State.WAITING_FOR_BLANK, "wait", Life.in_queue,
          Said("Siap cetak, menunggu kartu kosong", "Menunggu blangko", "belum cukup untuk semua orang"),
          Said("Ready, waiting for a blank card", "Waiting for a blank card", "There are not yet enough blank cards")),
    Story(State.WAITING_FOR_PRINT, "work", Life.in_queue,
          Said("Menunggu giliran cetak", "Siap dicetak", "Tidak perlu blangko, jadi Anda tidak ikut antrean blangko."),
          Said("Waiting to be printed", "Ready to be printed", "It needs no blank card, so you are not in that queue."),
          card=False),
    Story(State.BACK_IN_QUEUE, "wait", lambda a: [*a.in_queue(), a.allocated(), _released_for_a_reason_of_next_year(a)],
          Said("Kembali ke antrean", "Menunggu blangko", "Tempat Anda dalam antrean tidak berubah."),
          Said("Back in the queue", "Waiting for a blank card", "Your place in the queue stays the same.")),
    Story(State.ALLOCATED, "work", lambda a: [*a.in_queue(), a.allocated()],
          Said("Giliran Anda tiba", "Mendapat blangko", "Blangko untuk Anda sudah disediakan."),
          Said("Your turn has come", "Blank card set aside", "A blank card is set aside for you.")),
    Story(State.REPRINT, "work", lambda a: [*a.in_queue(), a.allocated(), a.spoiled()],
          Said("Akan dicetak ulang", "Dicetak ulang", "Chip kartu gagal diisi. Itu bukan kesalahan Anda."),
          Said("It will be printed again", "Printed again",
               "The card&#39;s chip could not be written. It is not your fault.")),
    Story(State.PRINTED, "move", Life.on_paper,
          Said("Selesai dicetak", "Selesai dicetak", "Berikutnya petugas RW 011 mengambilnya"),
          Said("Printed", "Printed", "Next, the courier of RW 011 collects it")),
    Story(State.WITH_COURIER, "move", Life.on_the_way,
          Said("Dibawa petugas RW", "Dibawa petugas RW", "Petugas RW 011 membawa dokumen Anda sejak 6 September 2017."),
          Said("With the courier", "With the courier",
               "The courier of RW 011 has had your document since 6 September 2017.")),
    Story(State.MISSED, "act", lambda a: [*a.on_the_way(), a.missed(1)],
          Said("Dokumen belum dapat kami serahkan", "Belum diserahkan",
               "Anda tidak di rumah saat petugas datang. Kunjungan 1 dari 3, 7 September 2017. "
               "Kami datang lagi pada hari lain."),
          Said("We could not hand over your document yet", "Not handed over yet",
               "You were not at home when the courier came. Visit 1 of 3, 7 September 2017. We come again on another day.")),
    Story(State.TRACED, "act",
          lambda a: [*a.on_the_way(), a.missed(1, AttemptOutcome.LOST_IN_TRANSIT, counted=False)],
          Said("Dokumen sedang ditelusuri", "Ditelusuri", "Tidak perlu permohonan baru."),
          Said("We are tracing your document", "Being traced", "No new application is needed.")),
    Story(State.HELD, "hold", lambda a: [*a.on_the_way(), a.missed(3), a.held()],
          Said("Silakan ambil di kelurahan", "Disimpan di kelurahan", "sampai 12 Oktober 2017"),
          Said("Please collect it at your kelurahan", "Kept at the kelurahan", "until 12 October 2017")),
    Story(State.RETURNED, "hold", lambda a: [*a.on_the_way(), a.returned()],
          Said("Dokumen kembali ke kantor", "Kembali ke kantor", "Anda pindah ke luar kota"),
          Said("Your document is back at the office", "Back at the office", "you have moved out of the city")),
    Story(State.VOIDED, "stop", lambda a: [*a.on_paper(), a.voided()],
          Said("Dokumen ditarik", "Ditarik", "Permohonan dibatalkan. Dokumen itu tidak berlaku."),
          Said("Document withdrawn", "Withdrawn", "The application was cancelled. It is not valid.")),
    Story(State.DELIVERED, "done", lambda a: [*a.on_the_way(), a.completed()],
          Said("Sudah diserahkan", "Sudah diserahkan",
               "Diterima anggota KK yang sama pada 10 September 2017, 09.00 WIB."),
          Said("Handed over", "Handed over",
               "Received by somebody on the same family card on 10 September 2017, 09.00 WIB.")),
    Story(State.CANCELLED, "stop", lambda a: [*a.in_queue(), a.cancelled()],
          Said("Permohonan dibatalkan", "Dibatalkan",
               "Dibatalkan 7 September 2017. Pembatalan ini atas permintaan pemohon."),
          Said("Application cancelled", "Cancelled", "Cancelled on 7 September 2017. The applicant asked for it.")),
    Story(State.REJECTED, "stop", lambda a: [*a.born(), a.rejected()],
          Said("Permohonan tidak dapat dikabulkan", "Ditolak",
               "Diputuskan 3 September 2017. Pemohon tidak tercatat sebagai penduduk kota ini."),
          Said("The application could not be granted", "Refused",
               "Decided on 3 September 2017. The applicant is not recorded as a resident of this city.")),
]  # fmt: skip
"""One for each state, in the order of a document's way."""
