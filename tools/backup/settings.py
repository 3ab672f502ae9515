"""The files that make an installation this one: its settings, its secrets, a certificate of its own."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Final

from tools.backup import manifest
from tools.backup.opening import Member, opened
from tools.deploy import env_file
from tools.deploy.backup_keys import identity
from tools.deploy.initialising import own_group, own_user
from tools.deploy.secret_files import FOLDER, KEYED, write
from tools.errors import PlatformError

PREFIX: Final = "settings/"
"""Where they stand in a backup."""
NOTIFY: Final = "notify.env"
CERTIFICATES: Final = "deploy/proxy"
WATCHING: Final = "deploy/prometheus"
_FOR_CONTAINERS: Final = (FOLDER, CERTIFICATES, WATCHING)
"""Folders of which containers read files."""
_OF_THE_MACHINE: Final = {"ANTAR_SECRETS_GROUP": own_group, "ANTAR_OWNER": own_user}
"""Settings that a machine has of its own."""
_SEALS: Final = tuple(f"{service}_secret_key" for service in KEYED)
"""Secrets without which what a backup holds cannot be read."""
_OF_OUR_SIGN_IN: Final = ("oidc_client_secret", "sign_in_administrator_password")
"""Secrets that stand in the sign-in's database as well, and come back with it."""


def files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Their names below `root`, and what they hold.

    Raises:
        PlatformError: one cannot be read.
    """
    chosen = [root / env_file.NAME, root / NOTIFY, *sorted((root / CERTIFICATES).glob("*.pem"))]
    chosen += sorted((root / WATCHING).glob("alertmanager*.yml"))  # as prometheus.yml looks for them
    try:
        if (root / FOLDER).exists():
            chosen += sorted(path for path in (root / FOLDER).iterdir() if path.suffix != ".new")
        for path in chosen:
            if path.exists():
                yield str(path.relative_to(root)), path.read_bytes()
    except OSError as error:
        raise PlatformError(f"{error.filename} cannot be read: {error.strerror}.") from None


def put_back(root: Path, backup: Path, identity_text: str) -> list[str]:
    """Writes those of a backup into the folder of a new installation; returns their names.

    What is there already and the same counts as written, so that one that broke off is done again.

    Raises:
        PlatformError: there are others already; the backup cannot be opened, or is of another release; or something
            cannot be written.
    """
    with opened(backup, identity(identity_text)) as members:
        manifest.first(members)
        found = {name: _for_here(name, content) for name, content in _settings(members)}
    there = dict(files(root))
    for name, content in found.items():
        if there.get(name, content) != content:
            raise PlatformError(
                f"{root / name} is there already: settings and secrets are put back into a new folder alone."
            )
    # The settings last: with them an installation can be started.
    for name in sorted(found.keys() - there.keys(), key=lambda name: (name == env_file.NAME, name)):
        _put(root, name, found[name])
    return list(found)


def refuse_other_secrets(root: Path, members: Iterable[Member]) -> None:
    """Lets a backup pass whose data can be used with the secrets of the installation in `root`.

    `members` begin behind its manifest.

    Raises:
        PlatformError: a secret is another one, or cannot be read; names it.
    """
    here = dict(files(root))
    ours = "sign-in" in env_file.EnvFile(root).read().get("COMPOSE_PROFILES", "").split(",")
    bound = {f"{FOLDER}/{name}" for name in (*_SEALS, *(_OF_OUR_SIGN_IN if ours else ()))}
    then = {name: content for name, content in _settings(members) if name in bound}
    if other := sorted(name for name in then if here.get(name, b"").strip() != then[name].strip()):
        raise PlatformError(
            f"{', '.join(other)}: not those of the backup, whose data cannot be used without them. Put {FOLDER}/ and "
            f"{env_file.NAME} aside, take away the new volumes, and begin with `init --from`."
        )


def _settings(members: Iterable[Member]) -> Iterator[Member]:
    for name, content in takewhile(lambda member: member[0].startswith(PREFIX), members):
        yield name.removeprefix(PREFIX), content


def _put(root: Path, name: str, content: bytes) -> None:
    try:
        _write(root, name, content)
    except OSError as error:
        raise PlatformError(f"{root / name} cannot be written: {error.strerror}.") from None


def _for_here(name: str, content: bytes) -> bytes:
    if (path := Path(name)).is_absolute() or str(path.parent) not in (".", *_FOR_CONTAINERS):
        raise PlatformError(f"'{name}' is no file of an installation.")
    if name == env_file.NAME:
        for setting, own in _OF_THE_MACHINE.items():
            content = re.sub(rf"(?m)^{setting}=.*$", f"{setting}={own()}", content.decode()).encode()
    return content


def _write(root: Path, name: str, content: bytes) -> None:
    path = root / name
    for_containers = name.startswith(tuple(f"{folder}/" for folder in _FOR_CONTAINERS))
    path.parent.mkdir(mode=0o700 if path.parent.name == FOLDER else 0o755, parents=True, exist_ok=True)
    write(path, content, int(own_group()) if for_containers else None)
