"""What is wrong or doubtful in a form, in sentences that say what to do and never repeat what was written."""

from typing import Final, NamedTuple

from shared.sentence import Sentence


class Fault(NamedTuple):
    """One field that cannot be taken (or, as a warning, should be looked at). `field` is empty for a whole row."""

    field: str
    code: str

    @property
    def sentence(self) -> Sentence:
        """What to do about it, in Bahasa Indonesia."""
        return SENTENCES[self.code]


def as_errors(faults: list[Fault]) -> list[dict[str, str]]:
    """The faults as a problem document lists them."""
    return [{"field": f.field, "code": f.code, "message": f.sentence} for f in faults]


_LOST = Sentence("Angka terakhir hilang di lembar kerja (misalnya 3,27E+15). Ubah kolom menjadi Teks, lalu isi lagi.")

SENTENCES: Final = {
    "REQUIRED": Sentence("Wajib diisi."),
    "TOO_LONG": Sentence("Isian terlalu panjang."),
    "NOT_PRINTABLE": Sentence("Isian memuat tanda yang tidak dapat dicetak. Ketik ulang."),
    "NIK_NOT_DIGITS": Sentence("NIK hanya boleh berisi angka. Periksa huruf yang mirip angka, misalnya O dan 0."),
    "NIK_LENGTH": Sentence("NIK harus 16 angka."),
    "NIK_DIGITS_LOST": _LOST,
    "NIK_SERIAL_ZERO": Sentence(
        "Empat angka terakhir NIK tidak mungkin 0000. Lembar kerja mungkin menghapus angka ke-16."
    ),
    "NIK_DATE_IMPOSSIBLE": Sentence(
        "Tanggal lahir di dalam NIK tidak ada di kalender. Periksa angka ke-7 sampai ke-12."
    ),
    "NIK_REGION_UNKNOWN": Sentence("Kode wilayah NIK tidak dikenal. Cocokkan dengan kartu keluarga."),
    "NIK_REGION_OTHER": Sentence("NIK diterbitkan di luar Kota Bekasi. Pastikan pemohon sudah terdaftar di kota ini."),
    "NIK_BIRTH_DATE_DIFFERS": Sentence(
        "Tanggal lahir berbeda dari tanggal di dalam NIK. Cocokkan dengan kartu keluarga."
    ),
    "NIK_SEX_DIFFERS": Sentence(
        "Jenis kelamin berbeda dari yang tersirat di dalam NIK. Cocokkan dengan kartu keluarga."
    ),
    "KK_NOT_DIGITS": Sentence("Nomor KK hanya boleh berisi angka. Periksa huruf yang mirip angka, misalnya O dan 0."),
    "KK_LENGTH": Sentence("Nomor KK harus 16 angka."),
    "KK_DIGITS_LOST": _LOST,
    "KK_SERIAL_ZERO": Sentence(
        "Empat angka terakhir nomor KK tidak mungkin 0000. Lembar kerja mungkin menghapus angka ke-16."
    ),
    "KK_DATE_IMPOSSIBLE": Sentence("Tanggal di dalam nomor KK tidak ada di kalender. Cocokkan dengan kartu keluarga."),
    "KK_DATE_IN_FUTURE": Sentence("Tanggal di dalam nomor KK belum terjadi. Cocokkan dengan kartu keluarga."),
    "PHONE_NOT_DIGITS": Sentence("Nomor HP hanya boleh berisi angka."),
    "PHONE_DIGITS_LOST": _LOST,
    "PHONE_NOT_INDONESIAN": Sentence("Nomor HP harus nomor Indonesia (08… atau +62 8…)."),
    "PHONE_NOT_MOBILE": Sentence("Ini bukan nomor HP. Isi nomor yang dapat menerima SMS, atau kosongkan."),
    "PHONE_INVALID": Sentence("Nomor HP tidak lengkap atau keliru. Perbaiki, atau kosongkan."),
    "EMAIL_INVALID": Sentence("Alamat surel tidak lengkap. Perbaiki, atau kosongkan."),
    "NAME_NOT_A_NAME": Sentence("Nama harus berisi huruf dan tidak boleh berisi angka."),
    "NAME_SHORT": Sentence("Nama sangat pendek. Cocokkan dengan kartu keluarga."),
    "DATE_FORMAT": Sentence("Tulis tanggal sebagai HH-BB-TTTT, misalnya 31-12-1990."),
    "DATE_IMPOSSIBLE": Sentence("Tanggal ini tidak ada di kalender."),
    "DATE_IN_FUTURE": Sentence("Tanggal ini belum terjadi."),
    "UNKNOWN_KIND": Sentence("Jenis dokumen tidak dikenal."),
    "KIND_NOT_IN_FORCE": Sentence("Jenis dokumen ini tidak dilayani pada tanggal tersebut."),
    "UNKNOWN_REASON": Sentence("Alasan tidak dikenal. Pilih: baru, pindah datang, hilang, rusak, atau perubahan data."),
    "UNKNOWN_SEX": Sentence("Jenis kelamin ditulis L atau P."),
    "YES_OR_NO": Sentence("Isi ya atau tidak."),
    "UNKNOWN_KELURAHAN": Sentence("Kelurahan tidak dikenal. Tulis nama atau kode kelurahan di Kota Bekasi."),
    "RW_FORMAT": Sentence("RW ditulis 1 sampai 3 angka."),
    "RT_FORMAT": Sentence("RT ditulis 1 sampai 3 angka."),
    "UNKNOWN_RW": Sentence("RW ini tidak ada di kelurahan tersebut."),
    "ROW_TOO_LONG": Sentence("Baris terlalu panjang. Mungkin tanda kutip atau pemisah baris keliru."),
    "NOT_UTF8": Sentence("Baris memuat huruf yang tidak terbaca. Simpan berkas sebagai CSV UTF-8."),
    "NUL_BYTE": Sentence("Baris memuat byte kosong (NUL). Simpan ulang berkas sebagai CSV UTF-8."),
    "QUOTE_NOT_CLOSED": Sentence("Tanda kutip di baris ini tidak ditutup."),
    "COLUMN_COUNT": Sentence(
        "Kolom lebih banyak daripada baris judul. Isian yang memuat pemisah harus diberi tanda kutip."
    ),
    "DUPLICATE_IN_FILE": Sentence("Baris yang sama sudah ada di atasnya dalam berkas ini."),
    "ALREADY_OPEN": Sentence("Orang ini sudah mempunyai permohonan yang belum selesai untuk dokumen yang sama."),
    "HEAD_YOUNGER": Sentence(
        "Kepala keluarga lebih muda daripada anaknya. Cocokkan NIK dan hubungan dengan kartu keluarga."
    ),
    "KK_OTHER_ADDRESS": Sentence("Keluarga ini tercatat di alamat lain. Pastikan alamat yang baru benar."),
    "PHONE_OF_MANY": Sentence("Nomor HP ini dipakai beberapa keluarga lain. Pastikan nomor ini milik pemohon."),
    "RECEIVED_RECENTLY": Sentence("Dokumen yang sama diterima kurang dari 30 hari lalu. Tanyakan sebabnya."),
    "STATUS_FORMAT": Sentence("Status ditulis dengan huruf dan garis bawah, misalnya PRR."),
    "UNKNOWN_APPLICATION": Sentence("Permohonan tidak ditemukan."),
    "ALREADY_ENDED": Sentence("Permohonan ini sudah selesai atau dibatalkan."),
}
