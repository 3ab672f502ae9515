"""Reads pasted lines: an office number, or a NIK and the document; the ministry's word; perhaps a date."""

import csv
import io
import re
from datetime import date
from typing import Final

_SEPARATOR: Final = re.compile(r"\s*[\t;,]\s*")
_DATE: Final = re.compile(r"\d{1,2}-\d{1,2}-\d{4}|\d{4}-\d{1,2}-\d{1,2}\S*")
_HEADER: Final = ("nomor", "nik", "jenis_dokumen", "status", "tanggal", "dikirim")


def as_csv(text: str, day: date) -> bytes:
    """The lines as a file with a header. One that brings its own header stays as it is.

    `day` stands on every line: the same lines on another day are another file.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and "status" in lines[0].casefold():
        return "\n".join(lines).encode()
    into = io.StringIO()
    writer = csv.writer(into, delimiter=";", lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows((*_cells(line), day.isoformat()) for line in lines)
    return into.getvalue().encode()


def _cells(line: str) -> tuple[str, str, str, str, str]:
    cells = [cell for cell in _SEPARATOR.split(line) if cell]
    if len(cells) == 1:
        cells = line.split()
    day = cells.pop() if len(cells) > 1 and _DATE.fullmatch(cells[-1]) else ""
    first = cells.pop(0)
    if "/" in first:
        return first, "", "", " ".join(cells), day
    kind = cells.pop(0) if cells else ""
    return "", first, kind, " ".join(cells), day
