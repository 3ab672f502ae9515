"""Reads the roster of couriers as a spreadsheet exports it; takes all of it or says what is wrong in which row."""

import csv
import io
import re
from collections.abc import Iterator, Mapping

from services.dispatch.store.couriers import Beat
from shared.events.regions import find_kelurahan
from shared.http.problems import Problem

COLUMNS = ("kelurahan", "rw", "badge", "nama", "hp")
MAX_BYTES = 1 << 20
"""A city has about a thousand RW, so under a hundred kB; what is larger is another file."""
SHOWN = 20
"""Faults listed in an answer."""

_BADGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,29}")
_MOBILE = re.compile(r"\+628[1-35-9]\d{7,10}")

Fault = Mapping[str, str]


def read_roster(content: bytes) -> list[Beat]:
    """The lines of the roster.

    Raises:
        Problem: 422 when the file is no such table, or naming the first rows at fault, counted as the spreadsheet
            counts them (the heading is row 1).
    """
    beats: list[Beat] = []
    faults: list[Fault] = []
    rows_of: dict[tuple[str, str], int] = {}
    names_of: dict[str, str] = {}
    for number, row in _rows(_text(content)):
        beat, found = _read_row(row)
        if beat is not None:
            earlier = rows_of.setdefault((beat.kelurahan_code, beat.rw), number)
            if earlier != number:
                found.append(("rw", "twice", f"RW ini sudah ada di baris {earlier}."))
            if names_of.setdefault(beat.badge, beat.name) != beat.name:
                found.append(("badge", "two-names", "Nomor kartu ini sudah dipakai dengan nama lain."))
            beats.append(beat)
        faults += [
            {"field": f"baris {number}: {column}", "code": code, "message": text} for column, code, text in found
        ]
    if faults:
        raise Problem(422, "roster-refused", _count(len(faults)), errors=faults[:SHOWN])
    if not beats:
        raise _no_table("Berkas tidak berisi petugas satu pun.")
    return beats


def _count(n: int) -> str:
    more = f" {SHOWN} yang pertama disebut di bawah." if n > SHOWN else ""
    return f"Tidak ada yang disimpan. Ada {n} yang perlu diperbaiki.{more}"


def _no_table(why: str) -> Problem:
    return Problem(422, "not-a-roster", why)


def _text(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise _no_table("Berkas tidak terbaca. Simpan sebagai CSV UTF-8, lalu kirim lagi.") from None
    if "\0" in text:
        raise _no_table("Berkas ini bukan CSV. Simpan sebagai CSV UTF-8, lalu kirim lagi.")
    return text


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    heading = text.partition("\n")[0]
    separator = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
        missing = [column for column in COLUMNS if column not in names]
        if missing:
            raise _no_table(f"Kolom tidak ditemukan di baris pertama: {', '.join(missing)}.")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, dict(zip(names, (cell.strip() for cell in cells), strict=False))
    except csv.Error:
        raise _no_table(f"Baris {reader.line_num} tidak terbaca sebagai CSV.") from None


def _read_row(row: Mapping[str, str]) -> tuple[Beat | None, list[tuple[str, str, str]]]:
    kelurahan = find_kelurahan(row.get("kelurahan", ""))
    rw = rw_code(row.get("rw", ""))
    badge, name, phone = row.get("badge", ""), " ".join(row.get("nama", "").split()), mobile(row.get("hp", ""))
    checks = (
        (kelurahan is not None, "kelurahan", "unknown-kelurahan", "Kelurahan tidak dikenal di Kota Bekasi."),
        (rw is not None, "rw", "not-an-rw", "RW harus 1 sampai 3 angka, misalnya 011."),
        (_BADGE.fullmatch(badge), "badge", "not-a-badge", "Isi nomor kartu petugas: huruf, angka, titik, garis."),
        (0 < len(name) <= 100, "nama", "no-name", "Isi nama petugas, paling panjang 100 huruf."),
        (phone is not None, "hp", "not-a-mobile", "Harus nomor seluler, misalnya 0812 3456 7890, atau kosong."),
    )
    faults = [(column, code, text) for holds, column, code, text in checks if not holds]
    if faults or kelurahan is None or rw is None:
        return None, faults
    return Beat(kelurahan.code, rw, badge, name, phone or None), faults


def rw_code(text: str) -> str | None:
    """An RW in three digits ("11" -> "011"), None when it cannot be one."""
    # isascii: str.isdigit alone also takes digits of other scripts
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and 1 <= len(digits) <= 3 and int(digits)):
        return None
    return digits.zfill(3)


def mobile(text: str) -> str | None:
    """An Indonesian mobile number as +628…, "" when there is none, None when it is something else."""
    digits = re.sub(r"[\s().-]", "", text)
    if not digits:
        return ""
    number = "+62" + re.sub(r"^(\+?62|0062)?0?", "", digits)
    return number if _MOBILE.fullmatch(number) else None
