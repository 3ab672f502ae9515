"""Reads words.yaml, the sentences of the tracking page, and says them in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from services.notify.domain import State

BAHASA = Path(__file__).parent / "words.yaml"

Sentences = tuple[str, ...]
Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Copy:
    """What is said of one state. `more` holds what is said beside it in a case that has a name."""

    family: str
    tag: str
    headline: str
    text: Sentences
    do: Sentences
    more: Mapping[str, tuple[Sentences, Sentences]]

    def also(self, case: str | None) -> "Copy":
        """With what this case adds: its reasons come last, what it asks for comes first."""
        text, do = self.more.get(case or "", ((), ()))
        return replace(self, text=self.text + text, do=do + self.do)


@dataclass(frozen=True, slots=True)
class Words:
    """All sentences in one language."""

    language: str
    states: Mapping[State, Copy]
    codes: Mapping[str, Mapping[str, str | None]]
    translate: Translate

    def of(self, group: str, code: str | None) -> str | None:
        """The words for a code of `group`, None where nothing is said; one of a later release has general words."""
        words = self.codes[group]
        return words[code] if code is not None and code in words else words.get("other")

    def listed(self, group: str, codes: Sequence[str]) -> str | None:
        """The words for several codes, each once; None for none."""
        found = dict.fromkeys(self.of(group, code) for code in codes)
        return ", ".join(word for word in found if word) or None

    def document(self, name: str | None) -> str:
        """The name of a document, which is written in Bahasa."""
        return self.translate(name) if name else self.of("documents", None) or ""


def read_words(language: str = "id", translate: Translate = str, path: Path = BAHASA) -> Words:
    """The sentences in `path`, each put through `translate` (a catalogue's gettext).

    Raises:
        KeyError: a state has no sentences.
    """
    found = yaml.safe_load(path.read_text("utf-8"))
    states = {state: _copy(found["states"][state.value], translate) for state in State}
    # "" would find a catalogue's own header, hence null in the file.
    codes = {
        group: {code: words and translate(words) for code, words in rows.items()}
        for group, rows in found.items()
        if group != "states"
    }
    return Words(language, states, codes, translate)


def _copy(row: Mapping[str, Any], translate: Translate) -> Copy:
    def said(sentences: Sequence[str]) -> Sentences:
        return tuple(translate(sentence) for sentence in sentences)

    more = {case: (said(row[case]["text"]), said(row[case]["do"])) for case in ("again", "last") if case in row}
    return Copy(
        row["family"], translate(row["tag"]), translate(row["headline"]), said(row["text"]), said(row["do"]), more
    )


def say(sentences: Sentences, known: Mapping[str, str | None]) -> list[str]:
    """The sentences with their blanks filled; one with a blank that is not known is left out rather than guessed."""
    return [s.format_map(known) for s in sentences if all(known[b] is not None for b in blanks(s))]


def blanks(sentence: str) -> list[str]:
    """The names of the blanks in a sentence, in order."""
    return [blank for _, blank, _, _ in Formatter().parse(sentence) if blank is not None]
