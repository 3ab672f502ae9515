"""The file of a backup: a tar archive, encrypted by age on its way to the disk. Any age and any tar open it.

What is large stands in it in pieces, `databases/intake/000001` and so on, since tar wants to know a size beforehand:
put together in their order they are the whole again.
"""

import io
import os
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyrage
from pyrage.x25519 import Recipient

from tools.errors import PlatformError

PIECE: Final = 4 << 20
"""Bytes that are in memory at a time."""


class Archive:
    """What is written is gone from memory."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._numbers: Counter[str] = Counter()

    def add(self, name: str, content: bytes) -> None:
        """A file."""
        member = tarfile.TarInfo(name)
        member.size = len(content)
        member.mode = 0o600
        self._tar.addfile(member, io.BytesIO(content))

    def piece(self, folder: str, content: bytes, ending: str = "") -> None:
        """The next piece of a large file."""
        self._numbers[folder] += 1
        self.add(f"{folder}/{self._numbers[folder]:06}{ending}", content)

    def pour(self, folder: str, pieces: Iterable[bytes]) -> int:
        """A large file; returns how many bytes it has."""
        size = 0
        for piece in pieces:
            self.piece(folder, piece)
            size += len(piece)
        return size


@contextmanager
def sealed(path: Path, recipient: Recipient) -> Iterator[Archive]:
    """A new archive, which bears its name once it is whole and on the disk; else nothing is left of it.

    Raises:
        PlatformError: it cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("xb") as file:
            partial.chmod(0o600)
            with _encrypting(file, recipient) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        _keep_name(path.parent)
    except OSError as error:
        raise PlatformError(f"{path.name} cannot be written: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _encrypting(file: io.BufferedIOBase, recipient: Recipient) -> Iterator[Archive]:
    reading, writing = os.pipe()
    with ThreadPoolExecutor(max_workers=1) as pool:
        work = pool.submit(_encrypt, reading, file, recipient)
        try:
            with os.fdopen(writing, "wb") as pipe, tarfile.open(fileobj=pipe, mode="w|") as tar:
                yield Archive(tar)
        except BrokenPipeError:
            raise _why(work) from None
        work.result()


def _encrypt(reading: int, file: io.BufferedIOBase, recipient: Recipient) -> None:
    # Whatever happens the pipe is closed: its writer would wait for ever.
    with os.fdopen(reading, "rb") as pipe:
        pyrage.encrypt_io(pipe, file, [recipient])


def _why(work: Future[None]) -> BaseException:
    return work.exception() or BrokenPipeError("nobody reads any more")


def _keep_name(folder: Path) -> None:
    # A name is on the disk when its folder is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
