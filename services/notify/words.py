"""Reads words.yaml: the sentences of the tracking page, one language a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from services.notify.domain import State

BAHASA = Path(__file__).parent / "words.yaml"


@dataclass(frozen=True, slots=True)
class Copy:
    """What is said of one state."""

    family: str
    tag: str
    headline: str
    text: tuple[str, ...]
    do: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """All sentences of one language."""

    states: Mapping[State, Copy]
    codes: Mapping[str, Mapping[str, str]]

    def of(self, group: str, code: str | None) -> str:
        """The words for a code of `group`; for one of a later release, the group's general words."""
        words = self.codes[group]
        return words.get(code or "other") or words.get("other", "")


def read_words(path: Path = BAHASA) -> Words:
    """The sentences in `path`.

    Raises:
        KeyError: a state has no sentences.
    """
    found = yaml.safe_load(path.read_text("utf-8"))
    states = {state: _copy(found["states"][state.value]) for state in State}
    return Words(states, {group: codes for group, codes in found.items() if group != "states"})


def _copy(row: Mapping[str, Any]) -> Copy:
    return Copy(row["family"], row["tag"], row["headline"], tuple(row["text"]), tuple(row["do"]))


def say(sentences: tuple[str, ...], known: Mapping[str, str | None]) -> list[str]:
    """The sentences with their blanks filled; one with a blank that is not known is left out rather than guessed."""
    return [s.format_map(known) for s in sentences if all(known[b] is not None for b in _blanks(s))]


def _blanks(sentence: str) -> list[str]:
    return [blank for _, blank, _, _ in Formatter().parse(sentence) if blank is not None]
