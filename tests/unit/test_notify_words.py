"""Every sentence of the tracking page has its English, with the same blanks."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import services.notify
from services.notify.domain import State
from services.notify.words import BAHASA, blanks, read_words, say
from shared.sentence import MARKS
from shared.web.language import translations

HERE = Path(services.notify.__file__).parent
PLACES = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
TAGS = re.compile(r"</?\w+>")


def catalogue() -> Catalog:
    with (HERE / "locale" / "en.po").open("rb") as source:
        return read_po(source, locale="en", abort_invalid=True)


def sentences_of_the_file() -> Iterator[str]:
    """Every text in words.yaml that a reader can see."""
    found = yaml.safe_load(BAHASA.read_text("utf-8"))
    for name, group in found.items():
        for row in group.values():
            if name != "states":
                yield from [row] if row else []
                continue
            yield from (row["tag"], row["headline"], *row["text"], *row["do"])
            for case in ("again", "last"):
                yield from (*row.get(case, {}).get("text", []), *row.get(case, {}).get("do", []))


def sentences_of_the_pages() -> Iterator[str]:
    """Every text in the templates and in pages.py that is marked for the catalogue."""
    options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    for name in ("enter", "track", "place", "free"):
        yield from marked(HERE / "templates" / f"{name}.html", "jinja2.ext:babel_extract", {"_": None}, options)
    yield from marked(HERE / "pages.py", "python", MARKS, {})


def marked(path: Path, method: str, marks: Mapping[str, Any], options: Mapping[str, str]) -> Iterator[str]:
    with path.open("rb") as source:
        for _, message, _, _ in extract(method, source, {**marks}, options={**options}):
            first = message if isinstance(message, str) else message[0]
            if first:
                yield first


def known(sentence: str) -> Message | None:
    found = catalogue().get(sentence)
    return found if found and found.string else None


EVERYTHING = sorted(set(sentences_of_the_file()) | set(sentences_of_the_pages()))


@pytest.mark.parametrize("sentence", [s for s in EVERYTHING if s not in {"{sebab}"}])
def test_every_sentence_has_its_english_with_the_same_blanks_and_marks(sentence: str) -> None:
    message = known(sentence)
    assert message, "locale/en.po lacks it"
    english = str(message.string)
    assert sorted(PLACES.findall(english)) == sorted(PLACES.findall(sentence))
    assert TAGS.findall(english) == TAGS.findall(sentence)
    assert english.endswith(".") == sentence.endswith(".")


def test_every_blank_of_the_file_is_one_that_the_page_can_fill() -> None:
    blanks_there = {blank for sentence in sentences_of_the_file() for blank in blanks(sentence)}
    assert blanks_there == {"sejak", "siap", "dicetak", "waktu", "sampai", "kurang", "sebab", "rw", "k", "kel", "hub", "telp"}  # fmt: skip


def test_a_sentence_of_which_a_fact_is_missing_is_left_out() -> None:
    assert say(("Sejak {a}.", "Oleh {b}."), {"a": "kemarin", "b": None}) == ["Sejak kemarin."]


def test_every_state_speaks_english() -> None:
    english = read_words("en", translations("en", (HERE / "locale",)).gettext)
    bahasa = read_words()
    for state in State:
        assert english.states[state].headline != bahasa.states[state].headline
        assert english.states[state].family == bahasa.states[state].family


def test_a_reason_that_says_nothing_does_not_find_the_head_of_the_catalogue() -> None:
    english = read_words("en", translations("en", (HERE / "locale",)).gettext)
    assert english.of("cancellations", "DECEASED") is None
    assert english.document("Surat Kematian") == "Surat Kematian"
    assert english.document(None) == "Document"
