"""A server that ends costs nobody an answer: who has connected is heard, who has not goes elsewhere."""

import asyncio
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from shared.http.server import Server
from tests.tools.conftest import until

QUESTION = b"GET / HTTP/1.1\r\nHost: antar\r\nConnection: close\r\n\r\n"


async def test_who_connected_before_the_end_is_answered_and_nobody_new_is_let_in() -> None:
    app = FastAPI()
    app.get("/")(lambda: "here")
    server = Server(uvicorn.Config(app, port=0, log_config=None))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    port = server.servers[0].sockets[0].getsockname()[1]
    answer, question = await asyncio.open_connection("127.0.0.1", port)

    async def lets_nobody_in() -> bool:
        with suppress(ConnectionError):  # refused, or sent away in the moment of the end
            _, other = await asyncio.open_connection("127.0.0.1", port)
            other.close()
            return False
        return True

    server.should_exit = True
    await until(lets_nobody_in)
    question.write(QUESTION)
    assert (await answer.read()).endswith(b'"here"')
    await serving
