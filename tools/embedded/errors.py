"""Whatever goes wrong in the platform reaches the operator as one sentence that says what to do."""

_NO_SPACE = ("No space left on device", "ENOSPC", "Disk quota exceeded")


class PlatformError(Exception):
    """The platform cannot start or go on; the message is one sentence for the operator."""


_NO_PORT = ("ddress already in use", "port is already in use")


def port_taken(text: str) -> bool:
    """Whether a child's log says that its port was taken when it wanted to listen."""
    return any(sign in text for sign in _NO_PORT)


def full_disk(text: str) -> bool:
    """Whether a child's log says that the disk is full."""
    return any(sign in text for sign in _NO_SPACE)
