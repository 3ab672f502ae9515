"""Whether the data of an application may be used: not when its person asked that they rest, or has been erased."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg

from shared.http.problems import Problem
from shared.people import Role, Visit
from shared.sentence import Sentence

RESTING: Final = Sentence("Data orang ini dibatasi atas permintaannya. Hubungi petugas pelindungan data.")
ERASED: Final = Sentence("Data orang ini sudah dihapus.")


def must_not_rest(row: asyncpg.Record | Mapping[str, Any], visit: Visit) -> None:
    """Go on only if this visitor may use the application's data: the gate before every page and act about one case.

    Raises:
        Problem: 410 when the person was erased; 403 while the data rest, for all but those who look after these rights.
    """
    if row["erased_at"] is not None:
        raise Problem(410, "erased", ERASED)
    if row["restricted_at"] is not None and not visit.is_a(Role.PRIVACY):
        raise Problem(403, "restricted", RESTING)
