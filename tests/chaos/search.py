"""Looks for people in everything that is read: thousands of words at once, a million records in seconds."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.chaos.evidence import Finding, Search

SHORTEST = 7
_CHUNK = 1 << 20


class Searcher:
    """Knows the canaries of a run. Case does not matter; other spellings do, so every spelling is a canary."""

    def __init__(self, canaries: Sequence[str]) -> None:
        """
        Raises:
            ValueError: a canary is so short that it would be found by chance.
        """
        self._numbers = {word.upper(): number for number, word in enumerate(canaries)}
        if any(len(word) < SHORTEST for word in self._numbers):
            raise ValueError(f"a canary needs {SHORTEST} characters")
        self._pattern = re.compile(_branches(sorted(self._numbers)) if canaries else r"(?!)")
        self._longest = max(map(len, self._numbers), default=0)
        self._sizes: dict[str, int] = defaultdict(int)
        self._found: set[Finding] = set()
        self._recognised = 0

    def read(self, place: str, content: bytes | str) -> None:
        """Search what must not name anybody."""
        self._sizes[place] += len(content)
        self._found |= {Finding(place, number) for number in self._numbers_in(content)}

    def read_file(self, place: str, path: Path) -> None:
        """Search a file of any size."""
        carried = b""
        self._sizes[place] += 0
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                self.read(place, carried + chunk)
                carried = chunk[-4 * self._longest :]  # a word may be cut in two, and a letter has up to 4 bytes

    def read_allowed(self, content: bytes) -> None:
        """Search where people may be named, to see that the search finds them."""
        self._recognised += sum(1 for _ in self._numbers_in(content))

    def result(self) -> Search:
        """What was found so far."""
        found = sorted(self._found, key=lambda finding: (finding.place, finding.canary))
        return Search(dict(self._sizes), found, self._recognised)

    def _numbers_in(self, content: bytes | str) -> Iterator[int]:
        text = content if isinstance(content, str) else content.decode(errors="replace")
        for word in self._pattern.findall(text.upper()):
            yield self._numbers[word]


def _branches(words: Sequence[str], depth: int = 0) -> str:
    # One pattern that shares beginnings: at each place of the text it looks at a letter once, not at every word.
    if len(words[0]) == depth:
        return ""
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word[depth], []).append(word)
    branches = [
        re.escape(own[0][depth:]) if len(own) == 1 else re.escape(letter) + _branches(own, depth + 1)
        for letter, own in groups.items()
    ]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
