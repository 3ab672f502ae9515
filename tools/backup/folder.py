"""Where backups lie: one file each, the newest of them kept; one backup at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tools.errors import PlatformError

PATTERN: Final = "antar-*.tar.age"
SHOWN: Final = Path("shown") / "backup.prom"
"""In the folder of backups: what Prometheus is told of them."""
METRIC: Final = "antar_backup_timestamp_seconds"


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
            raise PlatformError("A backup or an upgrade is under way: wait for its end.") from None
        for half in folder.glob(f"{PATTERN}.partial"):
            half.unlink()
        yield


def show(folder: Path, at: datetime) -> None:
    """Tells Prometheus of a backup that is whole: how things stood at this moment is kept.

    Raises:
        PlatformError: it cannot be written.
    """
    file = folder / SHOWN
    half = file.with_suffix(".partial")
    try:
        half.write_text(
            f"# HELP {METRIC} When the newest backup was begun\n# TYPE {METRIC} gauge\n{METRIC} {at.timestamp():.0f}\n"
        )
        half.chmod(0o644)
        half.rename(file)
    except OSError as error:
        raise PlatformError(
            f"The backup is whole, but {file.parent} cannot be written: {error.strerror}. It must be there and "
            "belong to ANTAR_OWNER, so that Prometheus sees how old the newest backup is; init makes it."
        ) from None


def thin_out(folder: Path, keep: int) -> list[str]:
    """Takes away all but the `keep` newest; returns their names."""
    too_many = sorted(folder.glob(PATTERN), reverse=True)[keep:]
    for old in too_many:
        old.unlink()
    return [old.name for old in too_many]
