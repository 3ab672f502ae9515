"""The command line as the person on call uses it, on the miniature reader's database."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.shared.conftest import Reader, reader
from tools.cli import app

__all__ = ["reader"]  # a fixture, used by name

Command = Callable[..., Awaitable[Result]]


async def antar(*words: object) -> Result:
    """Runs `antar WORDS` beside the test's own event loop."""
    return await asyncio.to_thread(CliRunner().invoke, app, [str(word) for word in words])


def said(result: Result) -> Any:
    """What a command said as JSON."""
    return json.loads(result.stdout)


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 10) -> None:
    """Waits until it holds, not longer than that."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.02)


@pytest.fixture
def parked(reader: Reader) -> Command:
    """`antar parked WORDS` on the reader's database."""

    async def run(*words: object) -> Result:
        return await antar("parked", *words, "--database", f"notify={reader.dsn}")

    return run
