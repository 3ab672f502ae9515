"""The HTTP server of a service, which ends in order and costs nobody an answer."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn

HEARD_OUT_SECONDS: Final = 0.3
"""How long whoever has connected before the end may take to ask."""


class Server(uvicorn.Server):
    """Takes no new connection once it is to end, and closes none of which a request is on its way."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals stop the whole process in order, not HTTP alone."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Hears out who is there, then ends as its parent does, which closes a connection that has not asked yet."""
        for server in self.servers:
            server.close()
        if self.server_state.connections:
            await asyncio.sleep(HEARD_OUT_SECONDS)
        await super().shutdown(sockets)
