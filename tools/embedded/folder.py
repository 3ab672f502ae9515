"""All that a platform keeps between two starts is in one data folder, which one launcher at a time may use."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from tools.errors import PlatformError

DEFAULT = Path(".antar")
SERVERS = ("kafka", "postgres", "sign-in")
"""The processes that are no service of ours."""
NEEDED = 500 * 1024 * 1024  # bytes: jars 43 MB, an empty PostgreSQL and its log 70 MB, and room to work


class DataFolder:
    """The data folder: its lock, the ports chosen once, and the secrets made once (readable by us alone)."""

    def __init__(self, path: Path | None = None, needed: int = NEEDED) -> None:
        self.path = (path or DEFAULT).resolve()
        self.run = self.path / "run"
        self._needed = needed
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Makes the folder and locks it; raises PlatformError if it cannot be used."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.run.mkdir(exist_ok=True)
            self._take_lock()
        except (FileExistsError, NotADirectoryError) as failure:
            raise PlatformError(f"{self.path} is a file: choose a folder with --data.") from failure
        except PermissionError as failure:
            raise PlatformError(f"{self.path} may not be written: choose another folder with --data.") from failure
        self._check_space()

    def close(self) -> None:
        """Gives the folder free for the next launcher."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self.path / "log" / f"{name}.log"

    def pid_file(self, name: str) -> Path:
        """Where the process id of a process is written while it runs."""
        return self.run / f"{name}.pid"

    def ports(self) -> dict[str, int]:
        """The ports of the last start, by name; empty before the first."""
        return {str(name): int(port) for name, port in self._read("state.json").get("ports", {}).items()}

    def services(self) -> list[str]:
        """The services that were started here, by name; empty before the first start."""
        return [name for name in self.ports() if name not in SERVERS]

    def remember(self, ports: Mapping[str, int]) -> None:
        """Keeps the ports for the next start and for `antar status`."""
        self._write("state.json", {"ports": self.ports() | dict(ports)})

    def secret(self, name: str) -> str:
        """32 random bytes in hex, made on first use: what they encrypted is lost without them."""
        kept = self._read("secrets.json")
        if name not in kept:
            kept[name] = secrets.token_hex(32)
            self._write("secrets.json", kept)
        return str(kept[name])

    def _read(self, name: str) -> dict[str, Any]:
        path = self.path / name
        if not path.exists():
            return {}
        try:
            content: dict[str, Any] = json.loads(path.read_text())
        except ValueError as failure:
            raise PlatformError(
                f"{path} is damaged: restore it from a backup, or start with another --data."
            ) from failure
        return content

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        new = self.path / f"{name}.new"
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(json.dumps(content, indent=1) + "\n")
        new.replace(self.path / name)

    def _take_lock(self) -> None:
        lock = (self.path / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as failure:
            holder = self._holder()
            lock.close()
            raise PlatformError(
                f"Antar already runs on {self.path}{holder}: stop it first, or choose another folder with --data."
            ) from failure
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _holder(self) -> str:
        with suppress(OSError, ValueError):
            return f" (process {int((self.path / 'lock').read_text())})"
        return ""

    def _check_space(self) -> None:
        free, needed = shutil.disk_usage(self.path).free // 1024**2, self._needed // 1024**2
        if free < needed:
            raise PlatformError(
                f"The disk of {self.path} has only {free} MB free and Antar needs {needed} MB: "
                "free some space, or choose a folder on another disk with --data."
            )
