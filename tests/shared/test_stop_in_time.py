"""A service that was asked to stop has stopped in time, whoever does not answer it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from shared import topics
from tests.chaos.proxy import Wire
from tests.people import ISSUER, SESSION_KEY
from tests.platform import Platform
from tools.embedded.ports import free_port
from tools.embedded.service import answers_ready

HURRIED = "import shared.service; shared.service.STOP_SECONDS = 1.0; from services.dispatch.app import main; main()"


async def test_a_service_whose_database_has_gone_silent_stops_in_time_all_the_same(
    platform: Platform, database: Callable[[str], str], wire: Wire
) -> None:
    await topics.apply(platform.bootstrap)
    port = free_port({wire.port})
    dsn = database("dispatch").replace(f":{platform.postgres.port}/", f":{wire.port}/")
    settings = {"ANTAR_DATABASE_URL": dsn, "ANTAR_KAFKA": platform.bootstrap, "ANTAR_HTTP_PORT": str(port)}
    settings |= {"ANTAR_SESSION_KEY": SESSION_KEY, "ANTAR_OIDC_ISSUER": ISSUER}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HURRIED, env=os.environ | settings, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(30):
            while not await asyncio.to_thread(answers_ready, port):  # noqa: ASYNC110 - it is a process
                await asyncio.sleep(0.1)
        wire.harm("silent")
        process.send_signal(signal.SIGTERM)
        _, said = await asyncio.wait_for(process.communicate(), 10)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0
    assert b"stop_cut_short" in said
