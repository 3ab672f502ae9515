"""What goes wrong in a real file: one changed row at a time, with the refusal that it must meet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tools.sample.applications import Row
from tools.sample.names import other_spelling

SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Dirt:
    """`soil` gets a clean row and an earlier accepted one. `code` is the refusal, empty when the row is still taken."""

    code: str
    soil: Callable[[Row, Row], Row]


def _changed(**cells: str) -> Callable[[Row, Row], Row]:
    return lambda row, _earlier: row._replace(**cells)


def _same_person_again(row: Row, earlier: Row) -> Row:
    return earlier._replace(
        nama=other_spelling(earlier.nama), alamat=row.alamat, no_hp="", tanggal_rekam=row.tanggal_rekam
    )


def _nik(mangle: Callable[[str], str]) -> Callable[[Row, Row], Row]:
    return lambda row, _earlier: row._replace(nik=mangle(row.nik))


DIRTS: Mapping[str, Dirt] = {
    "same row again": Dirt("DUPLICATE_IN_FILE", lambda _row, earlier: earlier),
    "nik with dots": Dirt("", _nik(lambda nik: f"{nik[:6]}.{nik[6:12]}.{nik[12:]}")),
    "nik from a spreadsheet": Dirt("NIK_DIGITS_LOST", _nik(lambda nik: f"{nik[0]}.{nik[1:6]}E+15")),
    "same person, other spelling": Dirt("ALREADY_OPEN", _same_person_again),
    "letters in the nik": Dirt("NIK_NOT_DIGITS", _nik(lambda nik: nik[:12] + nik[12:].replace("0", "O"))),
    "unknown rw": Dirt("UNKNOWN_RW", _changed(rw="099")),
    "nik with spaces": Dirt("", _nik(lambda nik: f" {nik[:4]} {nik[4:8]} {nik[8:12]} {nik[12:]}")),
    "nik of an impossible day": Dirt("NIK_DATE_IMPOSSIBLE", _nik(lambda nik: f"{nik[:6]}3102{nik[10:]}")),
    "unknown kelurahan": Dirt("UNKNOWN_KELURAHAN", _changed(kelurahan="Bekasi Antah")),
    "nik too short": Dirt("NIK_LENGTH", _nik(lambda nik: nik[:15])),
    "unknown kind": Dirt("UNKNOWN_KIND", _changed(jenis_dokumen="SIM_C")),
    "phone of a fixed line": Dirt("PHONE_NOT_MOBILE", _changed(no_hp="021-8840001")),
    "other birth date than the nik": Dirt("", _changed(tanggal_lahir="17-08-1981")),
    "impossible birth date": Dirt("DATE_IMPOSSIBLE", _changed(tanggal_lahir="31-02-1990")),
    "no name": Dirt("REQUIRED", _changed(nama="")),
    "unknown reason": Dirt("UNKNOWN_REASON", _changed(alasan="INGIN_BARU")),
    "family card too short": Dirt("KK_LENGTH", _changed(nomor_kk="32759901011")),
    "nik of nobody": Dirt("NIK_SERIAL_ZERO", _nik(lambda nik: f"{nik[:12]}0000")),
}
"""In turn, from the top: a small sample has each kind of dirt about as often as a large one."""
