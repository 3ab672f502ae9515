"""`make words`: the sentences that pages say and English does not have yet, and those that nobody says any more."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from babel.util import distinct

from shared.packages import known
from shared.sentence import MARKS
from shared.web.menu import FILE as MENU

ROOT: Final = Path(__file__).parents[1]
SHARED: Final = ROOT / "shared"
LANGUAGE: Final = "en"
_PLACE: Final = re.compile(r"%\((\w+)\)s|%%")
_QUOTED: Final = re.compile(r"'([^'\n]+)'")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and where it stands first."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with a catalogue: sentences it lacks, that it has in vain, and whose values differ."""

    catalogue: Path
    missing: list[Said]
    unused: list[str]
    unlike: list[str]

    @property
    def any(self) -> bool:
        """Whether there is something to mend."""
        return bool(self.missing or self.unused or self.unlike)


def catalogue_of(folder: Path) -> Path:
    """Where the sentences of a service are translated; those of shared/ beside the frame."""
    return (folder / "web" if folder == SHARED else folder) / "locale" / f"{LANGUAGE}.po"


def folders() -> list[Path]:
    """What says sentences: the shared library, then each service."""
    return [SHARED, *(ROOT / "services" / name for name in known("services"))]


def said(folder: Path) -> list[Said]:
    """Every sentence below the folder, once."""
    found = {one.text: one for one in reversed([*_in_templates(folder), *_in_code(folder), *_in_menu(folder)])}
    return sorted(found.values(), key=lambda one: one.where)


def faults(folder: Path) -> Faults:
    """What is wrong with the folder's catalogue. What the shared one says need not be said again."""
    path = catalogue_of(folder)
    has = _read(path)
    common = _read(catalogue_of(SHARED)) if folder != SHARED else {}
    wanted = said(folder)
    return Faults(
        path,
        [one for one in wanted if not (has.get(one.text) or common.get(one.text))],
        sorted(has.keys() - {one.text for one in wanted} - set(_in_tables(folder))),
        [text for text, english in has.items() if english and _places(text) != _places(english)],
    )


def _in_templates(folder: Path) -> Iterator[Said]:
    for path in sorted(folder.rglob("*.html")):
        yield from _extracted(path, "jinja2.ext:babel_extract", {"_": None, "gettext": None})


def _in_code(folder: Path) -> Iterator[Said]:
    for path in sorted(folder.rglob("*.py")):
        yield from _extracted(path, "python", MARKS)


def _extracted(path: Path, method: str, marks: Mapping[str, tuple[int, ...] | None]) -> Iterator[Said]:
    options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    with path.open("rb") as source:
        for line, message, _comments, _context in extract(method, source, marks, options=options):
            for text in distinct(message if isinstance(message, tuple) else (message,)):
                if text:
                    yield Said(text, f"{path.relative_to(ROOT)}:{line}")


def _in_menu(folder: Path) -> Iterator[Said]:
    if folder == SHARED:
        for entry in yaml.safe_load(MENU.read_text(encoding="utf-8")):
            yield Said(entry["label"], str(MENU.relative_to(ROOT)))


def _in_tables(folder: Path) -> Iterator[str]:
    """What words.yaml and the rows of migrations say: names among them may have their English, codes need none."""
    for path in folder.glob("words.yaml"):
        yield from _texts(yaml.safe_load(path.read_text(encoding="utf-8")))
    for path in folder.glob("migrations/*.sql"):
        yield from _QUOTED.findall(path.read_text(encoding="utf-8"))


def _texts(found: object) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    for inner in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from _texts(inner)


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    with path.open("rb") as source:
        catalogue: Catalog = read_po(source, locale=LANGUAGE, abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalogue if message.id}


def _places(text: str) -> list[str]:
    return sorted(_PLACE.findall(text))


def main() -> int:
    """Print what is to be done, ready to be pasted; 1 when there is something."""
    wrong = [found for folder in folders() if (found := faults(folder)).any]
    for found in wrong:
        print(f"# {found.catalogue.relative_to(ROOT)}")
        for one in found.missing:
            print(f'\n#: {one.where}\nmsgid "{_quoted(one.text)}"\nmsgstr ""')
        for text in found.unused:
            print(f"\n# nobody says any more: {text}")
        for text in found.unlike:
            print(f"\n# other values in English: {text}")
        print()
    return 1 if wrong else 0


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


if __name__ == "__main__":
    sys.exit(main())
