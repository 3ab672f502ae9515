"""Tables as people open them in a spreadsheet: CSV in which no cell runs as a formula."""

import csv
import io
from collections.abc import Iterable
from typing import Final

MARK: Final = "\ufeff"
"""By it a spreadsheet knows that a file is UTF-8; goes before the first row."""

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is run, not shown."""


def harmless(cell: str) -> str:
    """The cell so that it is shown as it is: behind an apostrophe where it would be run."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def written(rows: Iterable[Iterable[object]], separator: str = ",") -> str:
    """The rows as lines of a file, None as an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerows(["" if cell is None else harmless(str(cell)) for cell in row] for row in rows)
    return text.getvalue()
