"""Reads a CSV file of any size row by row, as offices really send them, and loses none of them in silence.

A spreadsheet decides about separator and encoding by the mood of its settings, so both are recognised. A row that
cannot be read is told with its number, and reading goes on with the next one.

What a spreadsheet would run as a formula we give back behind an apostrophe (`harmless`), which is taken off again here:
a file that went out, was mended and came in again says the same as before.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, NamedTuple

from services.intake.faults import Fault
from shared.http.problems import Problem
from shared.sentence import Sentence
from shared.spreadsheet import FORMULA

MAX_LINE: Final = 65_536
"""Characters of a line, and of a row that goes over several lines."""

MAX_COLUMNS: Final = 64
_MAX_LINES_OF_A_ROW: Final = 20
_END: Final = "\x01"
REMARK: Final = "keterangan"
"""The last column of the rows that we give back: why each was refused. Passed over on the way in."""

_SPREADSHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class Row(NamedTuple):
    """A row that is not blank: its number as a spreadsheet shows it (the header is 1), and its cells by column.

    With a fault it could not be read, and `cells` is empty. `written` is all of it in the order of the file, as far as
    it could be told apart; empty for a row that was too long.
    """

    number: int
    cells: dict[str, str]
    fault: Fault | None = None
    written: Sequence[str] = ()


class Table:
    """The rows of a file. `required` and `optional` name its columns; others are ignored.

    Raises:
        Problem: 422, when the file as a whole cannot be meant: no text, no such header, no rows.
    """

    def __init__(self, file: BinaryIO, required: Sequence[str], optional: Sequence[str]) -> None:
        self._text = _decoded(file)
        self._waiting: deque[str | None] = deque()
        line = self._text.readline(MAX_LINE + 1)
        self.separator, self._columns, self._width = _header(line, required, optional)
        self.header = next(csv.reader([line], delimiter=self.separator))
        """Its cells as they came."""
        self._rows = self._read()
        first = next(self._rows, None)
        if first is None:
            raise Problem(422, "no-rows", "Berkas hanya berisi baris judul. Tidak ada yang diproses.")
        self._first: Row | None = first

    def release(self) -> None:
        """Leave the file to somebody else, open; nothing more is read from here."""
        self._text.detach()

    def __iter__(self) -> Iterator[Row]:
        if self._first is not None:
            first, self._first = self._first, None
            yield first
        yield from self._rows

    def _read(self) -> Iterator[Row]:
        number = 1
        while (line := self._next_line()) != "":
            number += 1
            if line is None:
                yield Row(number, {}, Fault("", "ROW_TOO_LONG"))
                continue
            if line.isspace():
                continue
            cells = line.rstrip("\n").split(self.separator) if '"' not in line else self._quoted(line)
            fault = self._fault(cells, line)
            if fault:
                yield Row(number, {}, Fault("", fault), cells or line.rstrip("\n").split(self.separator))
            elif cells and any(map(str.strip, cells)):
                if "'" in line:
                    cells = [_armed(cell) for cell in cells]
                yield Row(number, {c: cells[i] for c, i in self._columns.items() if i < len(cells)}, None, cells)

    def _next_line(self) -> str | None:
        """The next line with its end; "" at the end of the file, None for a line that is too long."""
        if self._waiting:
            return self._waiting.popleft()
        line = self._text.readline(MAX_LINE)
        if len(line) < MAX_LINE or line.endswith("\n"):
            return line
        while (rest := self._text.readline(MAX_LINE)) and not rest.endswith("\n"):
            continue
        return None

    def _quoted(self, line: str) -> list[str] | None:
        """The cells of a row that begins with `line` and may go on in the following ones; None: a quote stays open.

        Then the following lines are rows of their own: an open quote must not swallow them.
        """
        lines = [line]
        while (cells := self._split(lines)) is None:
            following = self._next_line() if len(lines) < _MAX_LINES_OF_A_ROW else ""
            if following:
                lines.append(following)
            if not following or sum(map(len, lines)) > MAX_LINE:
                self._waiting.extendleft(reversed([*lines[1:], following] if following is None else lines[1:]))
                return None
        return cells

    def _split(self, lines: list[str]) -> list[str] | None:
        # A mark after the last separator shows whether the row is over: inside an open quote it is part of a cell.
        ended = [*lines[:-1], f"{lines[-1].rstrip(chr(10))}{self.separator}{_END}"]
        try:
            cells = next(csv.reader(ended, delimiter=self.separator, strict=len(lines) > 1))
        except csv.Error:
            return None
        return cells[:-1] if cells[-1] == _END else None

    def _fault(self, cells: list[str] | None, line: str) -> str | None:
        if cells is None:
            return "QUOTE_NOT_CLOSED"
        text = line if '"' not in line else "".join(cells)
        if "\ufffd" in text or "\0" in text:
            return "NUL_BYTE" if "\0" in text else "NOT_UTF8"
        # A stray separator moves all that follows into the wrong column.
        return "COLUMN_COUNT" if len(cells) > self._width and any(map(str.strip, cells[self._width :])) else None


def _armed(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell


def _decoded(file: BinaryIO) -> io.TextIOWrapper:
    file.seek(0)
    start = file.read(4096)
    file.seek(0)
    if not start.strip():
        raise Problem(422, "empty-file", "Berkas kosong.")
    if start.startswith(_SPREADSHEETS):
        raise Problem(422, "not-csv", "Ini berkas lembar kerja (Excel). Simpan sebagai CSV UTF-8, lalu kirim lagi.")
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in start.partition(b"\n")[0] and not wide:
        raise Problem(422, "not-text", "Berkas ini bukan teks. Simpan sebagai CSV UTF-8, lalu kirim lagi.")
    return io.TextIOWrapper(file, "utf-16" if wide else "utf-8-sig", errors="replace")


def _header(line: str, required: Sequence[str], optional: Sequence[str]) -> tuple[str, dict[str, int], int]:
    known = {*required, *optional}
    readings = {separator: _names(line, separator) for separator in ",;\t"}
    separator, names = max(readings.items(), key=lambda reading: len(known.intersection(reading[1])))
    if len(names) - (names[-1:] == [REMARK]) > MAX_COLUMNS or len(line) > MAX_LINE:
        raise Problem(
            422, "too-many-columns", Sentence("Berkas berisi terlalu banyak kolom; paling banyak %(n)s.", n=MAX_COLUMNS)
        )
    if not known.intersection(names):
        title = Sentence(
            "Baris judul tidak dikenali. Pisahkan kolom dengan koma, titik koma, atau tab, dan sertakan baris judul."
        )
        raise Problem(422, "header-not-recognised", title, expected=list(required))
    missing = [name for name in required if name not in names]
    if missing:
        absent = Sentence("Kolom ini tidak ada di baris judul.")
        errors = [{"field": name, "code": "MISSING", "message": absent} for name in missing]
        raise Problem(422, "missing-columns", "Ada kolom wajib yang tidak ditemukan.", errors=errors)
    twice = [name for name in known if names.count(name) > 1]
    if twice:
        double = Sentence("Kolom ini ada lebih dari sekali.")
        errors = [{"field": name, "code": "TWICE", "message": double} for name in twice]
        raise Problem(422, "duplicate-columns", "Ada kolom yang sama lebih dari sekali.", errors=errors)
    return separator, {name: names.index(name) for name in (*required, *optional) if name in names}, len(names)


def _names(line: str, separator: str) -> list[str]:
    cells = next(csv.reader([line], delimiter=separator))
    return ["_".join(cell.strip().lower().split()) for cell in cells]
