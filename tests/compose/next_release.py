"""The release after this one, made in an installation's folder as a developer would: an additive change."""

import re
from pathlib import Path
from typing import Final

from shared.version import version

VERSION: Final = f"{version()}.post1"
FIELD: Final = "came_by"
BEFORE: Final = "0198_came_by.sql"
AFTER: Final = "0199_came_by_is_told.sql"

_FILES: Final = {
    f"services/intake/migrations/{BEFORE}": "alter table application add column came_by text;",
    f"services/intake/migrations/after/{AFTER}": "alter table application alter column came_by set default 'COUNTER';",
}
_EDITS: Final = {
    "pyproject.toml": (r'^version = ".*"$', f'version = "{VERSION}"'),
    "Dockerfile": (r"^ARG ANTAR_VERSION=.*$", f"ARG ANTAR_VERSION={VERSION}"),
    "shared/events/intake.py": (
        r"^    recorded_at: AwareDatetime\n    continues: UUID \| None = None$",
        f'    recorded_at: AwareDatetime\n    {FIELD}: str = "COUNTER"\n    continues: UUID | None = None',
    ),
}
"""By file: one place, and what stands there instead."""


class NextRelease:
    """Comes into the folder and goes out of it again, as by `git checkout`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = {name: (folder / name).read_text() for name in _EDITS}

    def comes(self) -> None:
        """The code in the folder is the next release."""
        for name, (place, instead) in _EDITS.items():
            text, found = re.subn(place, instead, self._kept[name], flags=re.MULTILINE)
            assert found == 1, name
            (self._folder / name).write_text(text)
        for name, sql in _FILES.items():
            file = self._folder / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"-- migrate:up\n\n{sql}\n\n-- migrate:down\n-- Forward only.\n")

    def goes(self) -> None:
        """The code in the folder is the release that was there first."""
        for name, text in self._kept.items():
            (self._folder / name).write_text(text)
        for name in _FILES:
            (self._folder / name).unlink()
