"""Receives a file onto the disk, so that its size is nobody's concern, and keeps it sealed while it has to wait."""

import asyncio
import errno
import hashlib
import tempfile
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from fastapi import Request
from starlette.requests import ClientDisconnect

from services.intake.store import line
from services.intake.vault import Vault
from shared.http.problems import Problem
from shared.messaging.transaction import Connection

_PIECE: Final = 1 << 20


@asynccontextmanager
async def received(request: Request, folder: Path) -> AsyncIterator[BinaryIO]:
    """The request's body as a file that is gone with the request, whatever happens.

    Raises:
        Problem: 415 when it is not declared as text/csv, 507 when the disk is full, 400 when the sender hung up.
    """
    if not request.headers.get("content-type", "").startswith("text/csv"):
        raise Problem(415, "not-csv", "Kirim berkas CSV dengan Content-Type: text/csv.")
    with await nameless(folder) as file:
        try:
            await _keep(request, file)
        except ClientDisconnect:
            raise Problem(400, "upload-interrupted", "Pengiriman terputus. Kirim berkas lagi.") from None
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise Problem(507, "disk-full", "Ruang penyimpanan penuh. Tidak ada baris yang diproses.") from None
        yield file


async def nameless(folder: Path) -> BinaryIO:
    """A new file without a name, so that a killed process leaves no personal data behind."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    file: BinaryIO = await asyncio.to_thread(tempfile.TemporaryFile, dir=folder)
    return file


async def keep_sealed(conn: Connection, vault: Vault, id_: UUID, file: BinaryIO) -> None:
    """Keep the file in the database, in compressed and sealed pieces of at most a mebibyte each.

    There any instance of this service finds it after a crash, and its rows are gone with one statement.
    """

    def following(number: int) -> bytes | None:
        piece = file.read(_PIECE)
        return vault.close(_about(id_, number), zlib.compress(piece, 1)) if piece else None

    await asyncio.to_thread(file.seek, 0)
    number = 0
    while sealed := await asyncio.to_thread(following, number):
        await line.keep_piece(conn, id_, number, sealed)
        number += 1


async def unsealed(conn: Connection, vault: Vault, id_: UUID, folder: Path) -> BinaryIO:
    """The file as it was kept, for the caller to close."""
    file = await nameless(folder)
    async for number, sealed in line.pieces(conn, id_):
        piece = zlib.decompress(vault.open(_about(id_, number), sealed))
        await asyncio.to_thread(file.write, piece)
    await asyncio.to_thread(file.flush)
    return file


def content_of(vault: Vault, file: BinaryIO) -> tuple[bytes, int]:
    """The keyed hash by which the same file is known, and its size in bytes."""
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return vault.row("file", digest.hexdigest()), file.tell()


def _about(id_: UUID, number: int) -> bytes:
    return id_.bytes + number.to_bytes(4)


async def _keep(request: Request, file: BinaryIO) -> None:
    piece = bytearray()
    async for chunk in request.stream():
        piece += chunk
        if len(piece) >= _PIECE:
            await asyncio.to_thread(file.write, piece)
            piece = bytearray()
    await asyncio.to_thread(file.write, piece)
    await asyncio.to_thread(file.flush)
