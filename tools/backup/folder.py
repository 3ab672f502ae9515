"""Where backups lie: one file each, the newest of them kept; one backup at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tools.embedded.errors import PlatformError

PATTERN: Final = "antar-*.tar.age"


def new_name(at: datetime) -> str:
    """The file of a backup that begins at this moment; in the order of names stands the order of time."""
    return f"antar-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.age"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While nobody else makes a backup there; what one that was killed has left half is taken away.

    Raises:
        PlatformError: somebody does, or the folder cannot be written.
    """
    try:
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise PlatformError(f"{folder} cannot be written: {error.strerror}. It must belong to ANTAR_OWNER.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlatformError("Another backup is being made: wait for its end.") from None
        for half in folder.glob(f"{PATTERN}.partial"):
            half.unlink()
        yield


def thin_out(folder: Path, keep: int) -> list[str]:
    """Takes away all but the `keep` newest; returns their names."""
    too_many = sorted(folder.glob(PATTERN), reverse=True)[keep:]
    for old in too_many:
        old.unlink()
    return [old.name for old in too_many]
