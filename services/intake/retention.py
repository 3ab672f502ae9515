"""Lets go of people whose cases have ended long ago, by itself, in batches."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from services.intake.rights import forget
from services.intake.store import rights as store
from shared.messaging.transaction import Database
from shared.people import audit
from shared.people.drafts import KEPT_SECONDS

log = structlog.get_logger()

BATCH: Final = 200
_DRAFTS: Final = timedelta(seconds=KEPT_SECONDS)


@dataclass(frozen=True, slots=True)
class Retention:
    """`days` after its end a case no longer says whose it was.

    No source names a number of days for this (the archive rules of Permendagri 104/2019 leave it to each city's
    schedule), so it is a setting: five years unless the city's schedule says otherwise.
    """

    days: int

    async def step(self, db: Database) -> bool:
        """Let go of the next ones; True when there may be more."""
        now = datetime.now(UTC)
        async with db.transaction() as tx:
            await store.forget_drafts(tx.conn, _DRAFTS)
            rows = await store.to_forget(tx.conn, now - timedelta(days=self.days), BATCH)
            if rows:
                await forget(tx, rows, now)
                entry = audit.Entry(None, "retention", "erased", None, "", "done", {"reason": "RETENTION"})
                await audit.keep_each(tx.conn, entry, [str(row["id"]) for row in rows])
        if rows:
            log.info("ended_cases_forgotten", count=len(rows))
        return len(rows) == BATCH
