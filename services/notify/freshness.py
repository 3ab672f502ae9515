"""Finds out up to when everything on the log has been read, so that the pages can say that they are late."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from services.notify.store.tracking import note_caught_up
from shared.messaging.transaction import Database
from shared.reach import NOT_ASKED, Reach, ask

log = structlog.get_logger()

LOOK_SECONDS = 15.0
PATIENCE = 10.0


class Freshness:
    """Looks every quarter of a minute; to be run as a worker, hence in one process of the service alone."""

    def __init__(self, kafka: str, group: str, heard: Sequence[str]) -> None:
        self._kafka = kafka
        self._group = group
        self._heard = heard
        self._reach = Reach()
        self._looked: float | None = None

    async def step(self, db: Database) -> bool:
        """Look, if it is time, and write down what was found."""
        now = time.monotonic()
        if self._looked is not None and now - self._looked < LOOK_SECONDS:
            return False
        self._looked = now
        began = datetime.now(UTC)
        try:
            async with asyncio.timeout(PATIENCE):
                ends, done = await ask(self._kafka, self._group, self._heard)
        except NOT_ASKED as error:
            # The consumer tells of the outage; here it only means that the pages are late after a while.
            log.info("log_not_asked", error=type(error).__name__)
            return False
        if at := self._reach.look(began, ends, done):
            async with db.transaction() as tx:
                await note_caught_up(tx.conn, at)
        return False
