"""Receives a file over HTTP onto the disk, so that its size is nobody's concern."""

import asyncio
import errno
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Final

from fastapi import Request
from starlette.requests import ClientDisconnect

from shared.http.problems import Problem

_PIECE: Final = 1 << 20


@asynccontextmanager
async def received(request: Request, folder: Path) -> AsyncIterator[BinaryIO]:
    """The request's body as a file that is gone with the request, whatever happens.

    Raises:
        Problem: 415 when it is not declared as text/csv, 507 when the disk is full, 400 when the sender hung up.
    """
    if not request.headers.get("content-type", "").startswith("text/csv"):
        raise Problem(415, "not-csv", "Kirim berkas CSV dengan Content-Type: text/csv.")
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    # Without a name, so that a killed process leaves no personal data behind.
    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            await _keep(request, file)
        except ClientDisconnect:
            raise Problem(400, "upload-interrupted", "Pengiriman terputus. Kirim berkas lagi.") from None
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise Problem(507, "disk-full", "Ruang penyimpanan penuh. Tidak ada baris yang diproses.") from None
        yield file


async def _keep(request: Request, file: BinaryIO) -> None:
    piece = bytearray()
    async for chunk in request.stream():
        piece += chunk
        if len(piece) >= _PIECE:
            await asyncio.to_thread(file.write, piece)
            piece = bytearray()
    await asyncio.to_thread(file.write, piece)
    await asyncio.to_thread(file.flush)
