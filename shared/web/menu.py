"""The menu over all pages: what each role finds where. One file, so that no service knows another's pages."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from shared.people.person import Person, Role

FILE = Path(__file__).parent / "menu.yaml"


class Item(NamedTuple):
    """An entry: `label` in Bahasa, `path` begins with the prefix of the service that has the page."""

    label: str
    path: str
    roles: frozenset[Role]


class Menu:
    """`addresses` gives the base address of each prefix (/loket) that is not served from the same address as we are."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = dict(addresses)

    def of(self, person: Person) -> Sequence[Item]:
        """What this person finds, in order."""
        return [item for item in items() if not item.roles.isdisjoint(person.roles)]

    def home(self, person: Person) -> str:
        """The address of the page where this person begins."""
        found = self.of(person)
        return self.address(found[0].path) if found else "/"

    def nearest(self, person: Person, path: str) -> str | None:
        """The path of their entry that `path` is, or lies most closely below."""
        above = [item.path for item in self.of(person) if f"{path}/".startswith(f"{item.path}/")]
        return max(above, key=len, default=None)

    def address(self, path: str) -> str:
        """The path as it is reached from every page."""
        prefix = "/" + path.lstrip("/").partition("/")[0]
        return f"{self._addresses.get(prefix, '').rstrip('/')}{path}"


@cache
def items() -> Sequence[Item]:
    """All entries."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [Item(entry["label"], entry["path"], frozenset(Role(role) for role in entry["roles"])) for entry in read]
