"""Gives refused rows back as the file they came in, with the reasons in a last column, so that they are mended and sent
again as they are.

Cells are given back as they came, for nobody can mend what he is not shown. What a spreadsheet would run as a formula
stands behind an apostrophe, which is taken off when the row comes again (see `table`).
"""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import UUID

from services.intake.filework import about_row
from services.intake.store import line
from services.intake.table import REMARK
from services.intake.vault import Vault
from shared.messaging.transaction import Database
from shared.spreadsheet import MARK, written

_PAGE: Final = 1000


async def refused_rows(
    db: Database, vault: Vault, import_id: UUID, header: Sequence[str], separator: str
) -> AsyncIterator[str]:
    """The file's text, page by page; `header` and `separator` are those of the file that came."""
    names = list(header[:-1]) if _is_remark(header[-1]) else list(header)
    yield MARK + written([[*names, REMARK]], separator)
    after = 0
    while True:
        async with db.reading() as conn:
            rows = await line.written(conn, import_id, after, _PAGE)
        if not rows:
            return
        after = rows[-1]["row_number"]
        lines = []
        for number, sentence, sealed in rows:
            cells: list[str] = json.loads(vault.open(about_row(import_id, number), sealed))
            lines.append([*_as_wide(cells, len(names), len(header)), f"Baris {number}: {sentence}"])
        yield written(lines, separator)


def _as_wide(cells: list[str], names: int, width: int) -> list[str]:
    # A row with too many cells stays so: where the stray separator is, only its writer can tell.
    own = cells if len(cells) > width else cells[:names]
    return own + [""] * (names - len(own))


def _is_remark(name: str) -> bool:
    return name.strip().lower() == REMARK
