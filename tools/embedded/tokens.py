"""Tokens for machines, whoever gives them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from tools.errors import PlatformError

CITY = "32.75"


class SignInAwayError(PlatformError):
    """The provider does not answer, perhaps because it is being started again."""


class Token(NamedTuple):
    """A bearer token, and for how many seconds it is good."""

    text: str
    seconds: float


class TokenSource(Protocol):
    """Where machines get their tokens."""

    def token(self, roles: Sequence[str], areas: Sequence[str] = ..., badge: str | None = ...) -> Token:
        """A token with these roles in these areas."""
