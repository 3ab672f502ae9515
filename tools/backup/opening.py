"""Opens the file of a backup, from its beginning to its end, without a second copy of it anywhere."""

import os
import tarfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Final

import pyrage
from pyrage.x25519 import Identity

from tools.errors import PlatformError

LAST: Final = "contents.json"
"""The file with which an archive ends: what was counted."""
Member = tuple[str, bytes]
"""A name and what it holds: a file, or a piece of one."""


@contextmanager
def opened(path: Path, identity: Identity) -> Iterator[Iterator[Member]]:
    """The members in their order, for one walk through; it may end before the last.

    What comes is what was written: age proves each part of it, and that none is missing once the last has come.

    Raises:
        PlatformError: another identity closed it, or it is damaged or cut off.
    """
    reading, writing = os.pipe()
    with ThreadPoolExecutor(max_workers=1) as pool:
        work = pool.submit(_decrypt, path, writing, identity)
        try:
            with os.fdopen(reading, "rb") as pipe:
                yield _members(pipe)
        except (tarfile.TarError, EOFError) as error:
            raise _sentence(path, work.exception() or error) from None
        failure = work.exception()
        if failure is not None and not isinstance(failure, BrokenPipeError):
            raise _sentence(path, failure) from None


def whole(path: Path, identity: Identity) -> dict[str, bytes]:
    """Reads everything, to be sure of it, and keeps the small files that stand in no folder.

    Raises:
        PlatformError: as `opened`, or its end is missing.
    """
    with opened(path, identity) as members:
        small = {name: content for name, content in members if "/" not in name}
    if LAST not in small:
        raise PlatformError(f"{path.name} is not whole: it ends before {LAST}.")
    return small


def by_folder(members: Iterable[Member]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The folders with what they hold, for one walk through."""
    for folder, its in groupby(members, key=lambda member: member[0].rpartition("/")[0]):
        yield folder, (content for _, content in its)


def _decrypt(path: Path, writing: int, identity: Identity) -> None:
    with os.fdopen(writing, "wb") as pipe, path.open("rb") as file:
        pyrage.decrypt_io(file, pipe, [identity])


def _members(pipe: BinaryIO) -> Iterator[Member]:
    with tarfile.open(fileobj=pipe, mode="r|") as tar:
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            yield member.name, file.read()
    # To age's own end: what is cut off behind the archive's is cut off all the same.
    while pipe.read(1 << 16):
        continue


def _sentence(path: Path, failure: BaseException) -> PlatformError:
    if isinstance(failure, FileNotFoundError | PermissionError | IsADirectoryError):
        return PlatformError(f"{path} cannot be read: {failure.strerror}.")
    if "matching keys" in str(failure):
        return PlatformError(f"{path.name} was closed for another identity than this one.")
    return PlatformError(f"{path.name} is damaged or cut off: take another one, or another copy of it.")
