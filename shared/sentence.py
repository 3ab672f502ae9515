"""A sentence for people that Python code says, so that its Bahasa is written once and a catalogue can hold the rest."""

from typing import Any, Final, Self


class Sentence(str):
    """The sentence in Bahasa with its values filled in; a page says it in the reader's language.

    `Sentence("Terlalu sering. Coba lagi %(wait)s detik lagi.", wait=3)`. Values are names and numbers, never personal
    data. What is written in such a call is what the catalogues must have.
    """

    message: str
    values: dict[str, object]

    def __new__(cls, message: str, **values: object) -> Self:
        """`message` holds %(name)s for each value; a percent sign beside values is written twice."""
        made = super().__new__(cls, message % values if values else message)
        made.message = message
        made.values = values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles as itself."""
        return _again, (self.message, self.values)


def _again(message: str, values: dict[str, object]) -> Sentence:
    return Sentence(message, **values)


MARKS: Final = {"Sentence": (1,), "Problem": (3,), "say": (2,)}
"""Calls in Python code, and at which place of theirs stands a text that the catalogues must have; babel's notation."""
