"""The secrets of an installation: one file each in secrets/, made once and never overwritten.

The folder is open to its owner alone. A file can be read by the group of the containers, too: each of them runs as the
user of its image, so that no single owner would do, and gets the files that it needs and no other.
"""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from shared.rights import RUNNING
from shared.secret_files import SECRETS
from tools.access.rules import OPERATOR
from tools.deploy.backup_keys import IDENTITY, RECIPIENT, identity, new_identity
from tools.deploy.certificates import Issued, authority, issue
from tools.errors import PlatformError

FOLDER: Final = "secrets"
BROKER: Final = "antar-broker"
ADMINISTRATOR: Final = "antar-administrator"
KEYED: Final = ("intake",)
"""Services that seal what they store, each with a key of its own."""


class SecretFiles:
    """The folder of secrets of the installation in `root`; `group` may read each file."""

    def __init__(self, root: Path, group: int) -> None:
        self.folder = root / FOLDER
        self._group = group
        self.made: list[str] = []

    def make(self, services: Iterable[str], postgres: str, kafka: str, names: Iterable[str]) -> None:
        """Makes each secret that is missing, and lists it in `made`.

        `postgres` and `kafka` are HOST:PORT inside the installation; `names` are those by which the broker is reached.

        Raises:
            PlatformError: the folder cannot be written, or half of a pair is missing.
        """
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self.folder.chmod(0o700)
            self._make_keys()
            self._make_databases(services, postgres)
            self._make_certificates(tuple(names))
            self._make_principals(services, kafka)
            self._make_pair()
        except OSError as error:
            raise PlatformError(f"{self.folder} cannot be written: {error.strerror}.") from error

    def _make_keys(self) -> None:
        self._keep("session_key", _key())
        for service in KEYED:
            self._make_once(f"{service}_secret_key", f"{service}_database_url")
        for name in ("oidc_client_secret", "sign_in_administrator_password"):
            self._make_once(name, "sign_in_database_url")

    def _make_databases(self, services: Iterable[str], server: str) -> None:
        # The server's own image wants the password alone.
        password = self._make_once("postgres_password", "postgres_database_url")
        self._keep("postgres_database_url", _database("postgres", password, server))
        self._keep("sign_in_database_url", _database("sign_in", _key(), server))
        for service in services:
            for role in (service, f"{service}{RUNNING}"):
                self._keep(f"{role}_database_url", _database(role, _key(), server, service))

    def _make_certificates(self, names: tuple[str, ...]) -> None:
        lost = [name for name in ("kafka_ca", "kafka_ca_key") if not self._path(name).exists()]
        if lost and any(self._path(name).exists() for name in ("kafka_broker", "kafka_administrator")):
            raise _lost(self._path(lost[0]))  # what was signed by the former would be believed no more
        if lost:
            for name in ("kafka_ca_key", "kafka_ca"):
                self._path(name).unlink(missing_ok=True)  # half a pair, of a first start that was cut off
            made = authority()
            self._keep("kafka_ca_key", made.key.decode())
            self._keep("kafka_ca", made.certificate.decode())
        signer = Issued(self._path("kafka_ca").read_bytes(), self._path("kafka_ca_key").read_bytes())
        for name, whose, hosts in (("kafka_broker", BROKER, names), ("kafka_administrator", ADMINISTRATOR, ())):
            self._keep(name, issue(signer, whose, hosts).together.decode())

    def _make_principals(self, services: Iterable[str], server: str) -> None:
        for user in (*services, OPERATOR):
            self._keep(f"{user}_kafka", f"kafkas://{user}:{_key()}@{server}?ca={SECRETS}/kafka_ca")
        host, _, port = server.rpartition(":")
        own = f"ca={SECRETS}/kafka_ca&certificate={SECRETS}/kafka_administrator"
        self._keep("administrator_kafka", f"kafkas://{host}:{int(port) + 1}?{own}")

    def _make_pair(self) -> None:
        if self._path(RECIPIENT).exists():
            return
        file = self.folder.parent / IDENTITY
        if not file.exists():
            # It first: without it a backup would be for nobody.
            write(file, new_identity().encode())
        self._keep(RECIPIENT, str(identity(file.read_text()).to_public()))

    def _make_once(self, name: str, beside: str) -> str:
        """What a server or its data know, too: with another one nobody gets in, or nothing can be read.

        `beside` is made after it, so that where that one is there this one was.
        """
        if self._path(beside).exists() and not self._path(name).exists():
            raise _lost(self._path(name))
        return self._keep(name, _key())

    def _keep(self, name: str, content: str) -> str:
        """What the secret is: as it stands there, else `content`."""
        path = self._path(name)
        if path.exists():
            kept = path.read_text().strip()
            if not kept:
                raise PlatformError(f"{path} is empty: put it back from a backup.")
            return kept
        write(path, (content if content.endswith("\n") else content + "\n").encode(), self._group)
        self.made.append(name)
        return content

    def _path(self, name: str) -> Path:
        return self.folder / name


def write(path: Path, content: bytes, group: int | None = None) -> None:
    """Writes a file for its owner alone, or for `group` to read as well; whole or not at all, since it is kept."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if group is not None:
        os.chown(new, -1, group)
        new.chmod(0o640)
    new.replace(path)


def _lost(path: Path) -> PlatformError:
    return PlatformError(
        f"{path} is missing, and a new one would not fit what is there already: put it back from a backup."
    )


def _key() -> str:
    return secrets.token_hex(32)


def _database(user: str, password: str, server: str, database: str | None = None) -> str:
    return f"postgresql://{user}:{password}@{server}/{database or user}"
