"""A service whose handler waits for what never comes ends itself; one whose servers are away waits, however long."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from shared import topics
from shared.events.printing import DocumentPrinted
from tests.chaos.proxy import Wire
from tests.contracts.examples import example
from tests.harness import Log
from tests.people import ISSUER, SESSION_KEY
from tests.platform import Platform
from tests.shared.test_subscription import write
from tools.embedded.ports import free_port
from tools.embedded.service import answers_ready

LIMIT = 3.0
HANGS = """
import asyncio, importlib
from shared import pulse
from shared.events.printing import DocumentPrinted
from shared.messaging import subscription
from shared.messaging.consumer import Handler
from services.dispatch import handlers
from services.dispatch.app import main
pulse.LOOK_SECONDS, subscription.MAX_PAUSE = 0.1, 0.5
handlers.consumer.group = "dispatch-that-hangs"

async def ask_somebody(received, tx):
    if any(r.event.site == "HANGS" for r in received):
        await asyncio.Event().wait()

handlers.consumer.handlers = {
    ("printing.print-order.v1", "DocumentPrinted"): Handler(DocumentPrinted.read, ask_somebody)
}
main()
"""


class Watched:
    """Dispatch as a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port

    async def ready(self) -> None:
        async with asyncio.timeout(30):
            while not await asyncio.to_thread(answers_ready, self.port):  # noqa: ASYNC110 - it is a process
                await asyncio.sleep(0.1)

    async def says(self, enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next line of which that is true."""
        assert self.process.stderr is not None
        async with asyncio.timeout(60):
            async for line in self.process.stderr:
                if line.startswith(b"{") and enough(said := json.loads(line)):
                    return said
        raise AssertionError("it has ended without a word of that")


@pytest.fixture
async def dispatch(platform: Platform, database: Callable[[str], str], wire: Wire) -> AsyncIterator[Watched]:
    await topics.apply(platform.bootstrap)
    port = free_port({wire.port})
    settings = {
        "ANTAR_DATABASE_URL": database("dispatch").replace(f":{platform.postgres.port}/", f":{wire.port}/"),
        "ANTAR_KAFKA": platform.bootstrap,
        "ANTAR_HTTP_PORT": str(port),
        "ANTAR_SESSION_KEY": SESSION_KEY,
        "ANTAR_OIDC_ISSUER": ISSUER,
        "ANTAR_STUCK_SECONDS": str(LIMIT),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HANGS, env=os.environ | settings, stderr=asyncio.subprocess.PIPE
    )
    watched = Watched(process, port)
    await watched.ready()
    yield watched
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def test_an_outage_ends_nothing_and_a_handler_that_hangs_ends_the_process(
    platform: Platform, dispatch: Watched, wire: Wire
) -> None:
    log = Log()
    wire.harm("cut")
    await write(platform.bootstrap, [log.record(example(DocumentPrinted, uuid7()))])
    began = time.monotonic()
    await dispatch.says(lambda line: line["event"] == "poll_retried" and time.monotonic() - began > 2 * LIMIT)
    assert not await asyncio.to_thread(answers_ready, dispatch.port)
    wire.mend()
    await dispatch.ready()
    await write(platform.bootstrap, [log.record(example(DocumentPrinted, uuid7(), site="HANGS"))])
    last = await dispatch.says(lambda line: line["event"] == "stuck")
    assert (last["part"], last["service"]) == ("poll", "dispatch")
    assert any(place.endswith("ask_somebody") for place in last["at"])
    assert await asyncio.wait_for(dispatch.process.wait(), 10) == 70
