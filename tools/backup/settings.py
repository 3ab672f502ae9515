"""The files that make an installation this one: its settings, its secrets, a certificate of its own."""

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Final

from tools.backup import manifest
from tools.backup.opening import opened
from tools.deploy import env_file
from tools.deploy.backup_keys import identity
from tools.deploy.initialising import own_group, own_user
from tools.deploy.secret_files import FOLDER, write
from tools.embedded.errors import PlatformError

PREFIX: Final = "settings/"
"""Where they stand in a backup."""
NOTIFY: Final = "notify.env"
CERTIFICATES: Final = "deploy/proxy"
_OF_THE_MACHINE: Final = {"ANTAR_SECRETS_GROUP": own_group, "ANTAR_OWNER": own_user}
"""Settings that a machine has of its own."""


def files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Their names below `root`, and what they hold.

    Raises:
        PlatformError: one cannot be read.
    """
    chosen = [root / env_file.NAME, root / NOTIFY, *sorted((root / CERTIFICATES).glob("*.pem"))]
    try:
        chosen += sorted(path for path in (root / FOLDER).iterdir() if path.suffix != ".new")
        for path in chosen:
            if path.exists():
                yield str(path.relative_to(root)), path.read_bytes()
    except OSError as error:
        raise PlatformError(f"{error.filename} cannot be read: {error.strerror}.") from None


def put_back(root: Path, backup: Path, identity_text: str) -> list[str]:
    """Writes those of a backup into the folder of a new installation; returns their names.

    Raises:
        PlatformError: there are settings or secrets already; the backup cannot be opened, or is of another release; or
            something cannot be written.
    """
    for there in (root / env_file.NAME, root / FOLDER):
        if there.exists():
            raise PlatformError(f"{there} is there already: settings and secrets are put back into a new folder alone.")
    with opened(backup, identity(identity_text)) as members:
        manifest.first(members)
        settings = takewhile(lambda member: member[0].startswith(PREFIX), members)
        return [_put(root, name.removeprefix(PREFIX), content) for name, content in settings]


def _put(root: Path, name: str, content: bytes) -> str:
    try:
        _write(root, name, content)
    except OSError as error:
        raise PlatformError(f"{root / name} cannot be written: {error.strerror}.") from None
    return name


def _write(root: Path, name: str, content: bytes) -> None:
    if name == env_file.NAME:
        for setting, own in _OF_THE_MACHINE.items():
            content = re.sub(rf"(?m)^{setting}=.*$", f"{setting}={own()}", content.decode()).encode()
    for_containers = name.startswith((f"{FOLDER}/", f"{CERTIFICATES}/"))
    path = root / name
    if path.parent not in (root, root / FOLDER, root / CERTIFICATES):
        raise PlatformError(f"'{name}' is no file of an installation.")
    path.parent.mkdir(mode=0o700 if path.parent.name == FOLDER else 0o755, parents=True, exist_ok=True)
    write(path, content, int(own_group()) if for_containers else None)
