"""Two releases of one small service as their migrations see them."""

from pathlib import Path

import pytest

from shared import packages

UP = "-- migrate:up{options}\n\n{sql}\n\n-- migrate:down\n-- Forward only.\n"


class Releases:
    """A tree of code in which the migrations of the service `clinic` come and go."""

    service = "clinic"

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = root / "services" / self.service / "migrations"
        self._folder.mkdir(parents=True)
        monkeypatch.setattr(packages, "ROOT", root)

    def brings(self, name: str, sql: str, *, alone: bool = False) -> None:
        """The release at hand has this migration, `after/…` for one that waits; `alone`: in no transaction."""
        file = self._folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(UP.format(options=" transaction:false" if alone else "", sql=sql))

    def goes_back(self, *names: str) -> None:
        """The release at hand is one from before these."""
        for name in names:
            (self._folder / name).unlink()
