"""A demonstration begins in an empty folder of its own, and empties none that an earlier one has not made."""

import shutil
from pathlib import Path

from tools.embedded.child import end_orphans
from tools.embedded.folder import DataFolder
from tools.errors import PlatformError

DEFAULT = Path(".antar") / "demo"
_MARK = "demonstration"
_LOCK = "lock"


def empty_folder(path: Path | None) -> Path:
    """The folder, made or emptied.

    Raises:
        PlatformError: it holds something else than an earlier demonstration, or that one still runs.
    """
    folder = (path or DEFAULT).resolve()
    if folder.is_file():
        raise PlatformError(f"{folder} is a file: choose a folder with --data.")
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise PlatformError(
            f"{folder} holds other data, and a demonstration empties its folder first: choose another with --data."
        )
    data = DataFolder(folder)
    data.open()
    try:
        end_orphans(sorted(data.run.glob("*.pid")))
        _empty(folder)
        (folder / _MARK).write_text("Emptied at the start of each demonstration.\n")
    finally:
        data.close()
    return folder


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name not in (_MARK, _LOCK):
            entry.unlink()
