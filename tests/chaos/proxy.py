"""The wire between a service and a server: a TCP proxy on the loopback that can be cut, silenced and slowed down."""

import asyncio
import socket
from contextlib import suppress
from typing import Literal

from tools.embedded.ports import HOST

Mode = Literal["open", "cut", "silent", "deaf", "slow"]
"""`cut` resets what is connected and refuses the rest; `silent` loses no byte but brings none; `deaf` holds back what
the server answers, so that its effects are there and nobody knows; `slow` makes each piece late."""

_PIECE = 1 << 16
_GONE = (OSError, RuntimeError)
"""What it is to write to a side that has gone; uvloop has an error of its own for it."""


class Wire:
    """One listening port, and behind it the port of a server."""

    def __init__(self, name: str, port: int, server_port: int) -> None:
        self.name = name
        self.port = port
        self.mode: Mode = "open"
        self._server_port = server_port
        self._delay = 0.0
        self._flows = {"there": asyncio.Event(), "back": asyncio.Event()}
        self._connections: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None
        self.mend()

    async def open(self) -> None:
        """Listen."""
        self._listening = await asyncio.start_server(self._accept, HOST, self.port)

    async def close(self) -> None:
        """End all connections and listen no more."""
        if self._listening is not None:
            self._listening.close()
        self._reset()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def mend(self) -> None:
        """As a wire should be; what was held back comes now."""
        self.mode, self._delay = "open", 0.0
        for flow in self._flows.values():
            flow.set()

    def harm(self, mode: Mode, delay: float = 0.0) -> None:
        """From now on until `mend`; `delay` in seconds is for `slow`."""
        self.mend()
        self.mode, self._delay = mode, delay
        if mode == "cut":
            self._reset()
        if mode in ("silent", "deaf"):
            self._flows["back"].clear()
        if mode == "silent":
            self._flows["there"].clear()

    def _reset(self) -> None:
        for connection in self._connections:
            connection.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        try:
            if self.mode != "cut":
                await self._join(reader, writer)
        except (*_GONE, asyncio.CancelledError):
            pass  # asyncio's server would tell the log of a cancelled connection, and here that is the day's work
        finally:
            _abort(writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(HOST, self._server_port)
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._carry(reader, server_writer, self._flows["there"]))
                ways.create_task(self._carry(server_reader, writer, self._flows["back"]))
        except* _GONE:
            pass
        finally:
            _abort(server_writer)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, flow: asyncio.Event) -> None:
        while piece := await source.read(_PIECE):
            if self._delay:
                await asyncio.sleep(self._delay)
            await flow.wait()
            sink.write(piece)
            await sink.drain()
        await flow.wait()
        with suppress(*_GONE):
            sink.write_eof()


def _abort(writer: asyncio.StreamWriter) -> None:
    """A reset, which tells the other side at once, instead of an orderly end."""
    with suppress(OSError):
        connection = writer.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()
