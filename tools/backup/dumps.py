"""Databases by PostgreSQL's own programs, pg_dump and pg_restore, in their custom format."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO, Final
from urllib.parse import unquote, urlsplit

from tools.backup.archive import PIECE
from tools.errors import PlatformError

_WITHOUT: Final = ("--no-owner", "--no-privileges")
"""Who owns and who may is given anew by the installation's own jobs."""


def release() -> int:
    """Of which PostgreSQL these programs are: 17.

    Raises:
        PlatformError: they are missing.
    """
    with tempfile.TemporaryFile() as errors:
        with _running(
            ["pg_dump", "--version"], {"PATH": os.environ.get("PATH", "")}, errors, stdout=subprocess.PIPE
        ) as it:
            assert it.stdout is not None
            said = it.stdout.read().decode()
        _check(it, errors)
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def dump(address: str, snapshot: str | None = None) -> Iterator[bytes]:
    """A database in pieces, as it is in the snapshot of this name, or now.

    Raises:
        PlatformError: pg_dump failed; without a row's values.
    """
    at = (f"--snapshot={snapshot}",) if snapshot else ()
    command, environment = _command("pg_dump", address, "--format=custom", *_WITHOUT, *at)
    with tempfile.TemporaryFile() as errors:
        with _running(command, environment, errors, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None
            while piece := running.stdout.read(PIECE):
                yield piece
        _check(running, errors)


def put_back(address: str, pieces: Iterable[bytes]) -> None:
    """Makes a database what it was, in one transaction; tables of the same names are made anew.

    Raises:
        PlatformError: pg_restore failed, and nothing has changed; without a row's values.
    """
    instead = ("--clean", "--if-exists", "--single-transaction", "--exit-on-error")
    command, environment = _command("pg_restore", address, *_WITHOUT, *instead)
    with tempfile.TemporaryFile() as errors:
        with _running(command, environment, errors, stdin=subprocess.PIPE) as running:
            assert running.stdin is not None
            with suppress(BrokenPipeError):  # it says itself why it takes no more
                for piece in pieces:
                    running.stdin.write(piece)
                running.stdin.close()
        _check(running, errors)


def _command(program: str, address: str, *options: str) -> tuple[list[str], dict[str, str]]:
    parts = urlsplit(address)
    who, _, where = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    # The password is for its environment alone: `ps` shows everybody the arguments.
    return [program, *options, f"--dbname={parts._replace(netloc=f'{user}@{where}').geturl()}"], {
        "PATH": os.environ.get("PATH", ""),
        "PGPASSWORD": unquote(password),
        "PGAPPNAME": "antar-backup",
    }


def _running(
    command: list[str], environment: dict[str, str], errors: IO[bytes], **ends: int
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, env=environment, stderr=errors, **ends)  # type: ignore[call-overload, no-any-return]
    except FileNotFoundError:
        raise PlatformError(f"{command[0]} is missing: it belongs to PostgreSQL's client programs.") from None


def _check(running: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    if running.returncode:
        errors.seek(0)
        # The first line says what; further ones quote the row.
        first = errors.readline().decode(errors="replace").strip()
        raise PlatformError(f"A database could not be copied: {first or f'exit {running.returncode}'}")
