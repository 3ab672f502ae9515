"""What the log of a child that has ended shows of the cause."""

from typing import Final

_NO_SPACE: Final = ("No space left on device", "ENOSPC", "Disk quota exceeded")
_NO_PORT: Final = ("ddress already in use", "port is already in use")


def port_taken(text: str) -> bool:
    """Whether its port was taken when it wanted to listen."""
    return any(sign in text for sign in _NO_PORT)


def full_disk(text: str) -> bool:
    """Whether the disk is full."""
    return any(sign in text for sign in _NO_SPACE)
