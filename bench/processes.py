"""Small services as processes: started, waited for, watched through their databases, ended."""

import asyncio
import os
import secrets
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from bench.facts import begin, ends
from bench.ground import DATA, Ground
from bench.small_service import LINKS
from tools.embedded.child import Child
from tools.embedded.ports import HOST, free_port


class SmallService:
    """One process of a small service."""

    def __init__(self, ground: Ground, name: str, dsn: str) -> None:
        self._port = free_port()
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "ANTAR_DATABASE_URL": dsn,
            "ANTAR_KAFKA": ground.bootstrap,
            "ANTAR_HTTP_PORT": str(self._port),
            "ANTAR_SESSION_KEY": secrets.token_hex(32),
            "ANTAR_OIDC_ISSUER": "http://nobody.invalid",  # nobody asks it but for its health
        }
        command = [sys.executable, "-m", "bench.small_service", name]
        log = DATA.resolve() / f"{name}-{self._port}.log"
        self.child = Child(f"a small {name}", command, log, environment, Path.cwd())

    def start(self) -> None:
        """Start it and wait until it has its share of the log."""
        self.child.start()
        self.child.wait_ready(self._ready, 60)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._port}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def running(ground: Ground, *services: tuple[str, str]) -> Iterator[list[SmallService]]:
    """Small services by (name, database), all ready; ended at the end, however they are."""
    with ExitStack() as stack:
        started = []
        for name, dsn in services:
            service = SmallService(ground, name, dsn)
            stack.callback(service.child.stop)
            service.start()
            started.append(service)
        yield started


async def at_the_end(ground: Ground, name: str) -> None:
    """Let the group of a small service begin with what is written from now on."""
    topic = LINKS[name][0].stream.topic
    await begin(ground.bootstrap, name, await ends(ground.bootstrap, [topic]))


async def until(true: Callable[[], Awaitable[Any]], *, patience: float = 300, pause: float = 0.05) -> float:
    """Seconds (monotonic clock) at which the condition was first seen to hold.

    Raises:
        TimeoutError: it does not come true in `patience` seconds.
    """
    async with asyncio.timeout(patience):
        while not await true():  # noqa: ASYNC110 - the condition lives in another process
            await asyncio.sleep(pause)
    return time.monotonic()


async def has_effects(pool: asyncpg.Pool, count: int) -> bool:
    """Whether so many effects are there; asks the index first, since a count of all would cost what is measured."""
    last = await pool.fetchval("select max(id) from effect")
    return bool((last or 0) >= count and await pool.fetchval("select count(*) from effect") >= count)
