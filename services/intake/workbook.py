"""Takes the first sheet of an Excel workbook as a CSV file, within limits that a bomb of a file does not pass."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO, Final

import openpyxl

from shared.http.problems import Problem

LARGEST: Final = 20 << 20
"""Bytes of a workbook."""
UNPACKED: Final = 200 << 20
"""Bytes of all its parts when they are unpacked: what is larger is no list of an office."""
PARTS: Final = 500
COLUMNS: Final = 64
ROWS: Final = 200_000
_MARK: Final = b"PK\x03\x04"


def is_workbook(file: BinaryIO) -> bool:
    """Whether it begins as an .xlsx does."""
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    return start == _MARK


def as_csv(workbook: BinaryIO, into: BinaryIO) -> None:
    """Write the first sheet into a file as CSV with semicolons. Not in the event loop.

    Raises:
        Problem: 413 when it is or unpacks too large; 422 when it is none that can be read.
    """
    try:
        _must_be_small(workbook)
        book = openpyxl.load_workbook(workbook, read_only=True, data_only=True, keep_links=False)
        try:
            _write(_rows(book.worksheets[0]), into)
        finally:
            book.close()
    except Problem:
        raise
    except Exception as error:
        # A broken workbook fails anywhere in the reader, with whatever it stumbled over.
        raise Problem(422, "not-a-workbook", "Berkas Excel ini rusak. Simpan ulang, lalu kirim lagi.") from error


def _must_be_small(workbook: BinaryIO) -> None:
    too_large = Problem(
        413, "workbook-too-large", "Berkas Excel ini terlalu besar. Simpan sebagai CSV, lalu kirim lagi."
    )
    if workbook.seek(0, io.SEEK_END) > LARGEST:
        raise too_large
    with zipfile.ZipFile(workbook) as packed:
        parts = packed.infolist()
        # A reader takes no more of a part than is said here, so a part that lies about its size is cut off by it.
        if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED:
            raise too_large
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with packed.open(part) as text:
                    if b"<!" in text.read(2048).replace(b"<!--", b""):
                        raise Problem(422, "not-a-workbook", "Berkas Excel ini tidak dapat dibaca. Simpan sebagai CSV.")


def _rows(sheet: Any) -> Iterator[list[str]]:
    for number, row in enumerate(sheet.iter_rows(max_col=COLUMNS, values_only=True)):
        if number > ROWS:
            raise Problem(413, "workbook-too-large", "Lembar ini terlalu panjang. Bagi menjadi beberapa berkas.")
        yield [_text(cell) for cell in row]


def _write(rows: Iterator[Sequence[str]], into: BinaryIO) -> None:
    text = io.TextIOWrapper(into, "utf-8", newline="", write_through=True)
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(rows)
    text.flush()
    text.detach()
    into.seek(0)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if not (cell.hour or cell.minute or cell.second) else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else " ".join(str(cell).split())
