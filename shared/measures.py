"""What is measured when somebody looks: gauges that cost a question, asked at most every ten seconds, whoever looks."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import structlog
from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from shared.messaging.errors import NO_ANSWER
from shared.messaging.transaction import Connection, Database
from shared.pulse import Pulse

log = structlog.get_logger()

FRESH_SECONDS: Final = 10.0
PATIENCE: Final = 4.0
"""Seconds for each look: who asks for metrics waits ten at most."""

READY = Gauge("antar_ready", "1 where a part works that the service cannot do without; as /health/ready", ["part"])
SILENT = Gauge("antar_silent_seconds", "Since a part that is at work has given its last sign of life", ["part"])
DISK_FREE = Gauge("antar_disk_free_bytes", "Left on the disk of the service's files")
DISK_SIZE = Gauge("antar_disk_size_bytes", "Of the disk of the service's files")

Measure = Callable[[Connection], Awaitable[None]]
"""Sets gauges to what the database says."""

Look = Callable[[], Awaitable[None]]
"""Sets gauges to what something else says."""


class Measures:
    """Brings all gauges of a process up to date. What does not answer leaves its gauges as they were."""

    def __init__(self, db: Database, measures: Sequence[Measure], looks: Sequence[Look] = ()) -> None:
        self._looks = (*looks, self._ask_database)
        self._db = db
        self._measures = measures
        self._asking = asyncio.Lock()
        self._asked: float | None = None

    async def refresh(self) -> None:
        """Look, unless somebody has done so just now."""
        async with self._asking:
            if self._asked is not None and time.monotonic() - self._asked < FRESH_SECONDS:
                return
            self._asked = time.monotonic()
            await asyncio.gather(*(_patiently(look) for look in self._looks))

    async def _ask_database(self) -> None:
        async with self._db.reading() as conn:
            for measure in self._measures:
                await measure(conn)


async def _patiently(look: Look) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await look()
    except (*NO_ANSWER, KafkaError) as error:
        log.warning("not_measured", error=type(error).__name__)


def of_process(ready: Callable[[], Awaitable[dict[str, bool]]], pulse: Pulse, folder: Path) -> Look:
    """Whether its parts work and move, and how much room there is for its files."""

    async def look() -> None:
        _show_disk(folder)
        SILENT.clear()
        for part, seconds in pulse.silent().items():
            SILENT.labels(part).set(seconds)
        # Until it answers it does not work, whatever was true before: this look may be cut off.
        READY.labels("database").set(0)
        for part, works in (await ready()).items():
            READY.labels(part).set(works)

    return look


def _show_disk(folder: Path) -> None:
    there = next((place for place in (folder.absolute(), *folder.absolute().parents) if place.exists()), Path("/"))
    disk = shutil.disk_usage(there)
    DISK_FREE.set(disk.free)
    DISK_SIZE.set(disk.total)
