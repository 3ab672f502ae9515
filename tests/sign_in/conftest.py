"""The real provider of a developer's machine, served on the loopback, and a small service that sends people to it."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI
from werkzeug.serving import BaseWSGIServer, make_server

from shared.people.provider import Provider
from tests.sign_in import desk
from tests.sign_in.desk import Browser
from tests.small import small_app
from tools.embedded.ports import HOST, free_port
from tools.embedded.provider.app import build

SECRET = "of-the-tests"


class Server:
    """The provider; it may go away, and come back on the same address with other keys."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: BaseWSGIServer | None = None

    @property
    def issuer(self) -> str:
        return f"http://{HOST}:{self.port}"

    def come(self) -> None:
        self._server = make_server(HOST, self.port, build(SECRET), threaded=True)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def go(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    server = Server()
    server.come()
    yield server
    server.go()


@pytest.fixture
async def pool(database: Callable[[str], str]) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database("core"), min_size=1, max_size=6) as pool:
        await pool.execute("create table effect (id bigint generated always as identity, what text)")
        yield pool


@pytest.fixture
def app(pool: asyncpg.Pool, provider: Server) -> FastAPI:
    return small_app(
        pool, [desk.router], desk.ACCESS, Provider(provider.issuer, "antar", SECRET), templates=desk.TEMPLATES
    )


@pytest.fixture
def offline(pool: asyncpg.Pool) -> FastAPI:
    """The same service with a provider whose keys it knows: for what is no sign-in."""
    return small_app(pool, [desk.router], desk.ACCESS, templates=desk.TEMPLATES)


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    browser = Browser(app)
    yield browser
    await browser.close()


@pytest.fixture
async def another() -> AsyncIterator[Callable[..., Browser]]:
    """Opens further browsers."""
    opened: list[Browser] = []

    def open_(app: Any, address: str = desk.HERE) -> Browser:
        opened.append(Browser(app, address))
        return opened[-1]

    yield open_
    for browser in opened:
        await browser.close()
