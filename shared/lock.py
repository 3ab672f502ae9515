"""One process at a time: a session lock in the service's database, on a connection of its own.

It only saves work. Nothing is wrong when two hold it for a moment; see the relay.
"""

import time
from collections.abc import Callable

import asyncpg
import structlog

from shared.messaging.errors import NO_ANSWER

log = structlog.get_logger()

ASK_SECONDS = 1.0


class SoleHolder:
    """An advisory lock named `name`.

    A process that freezes loses it: the server ends a session that has been silent for 5 s (a TCP
    keepalive would not notice, the kernel answers it for a frozen process).
    """

    def __init__(self, dsn: str, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._dsn = dsn
        self._name = name
        self._clock = clock
        self._conn: asyncpg.Connection | None = None
        self._asked: float | None = None

    async def held(self) -> bool:
        """Whether this process holds the lock now; takes it if it is free.

        Call it at least every 2 s, since the call is also what keeps the session alive; it asks the
        server once a second at most, also when the lock is another's.
        """
        now = self._clock()
        if self._asked is not None and now - self._asked < ASK_SECONDS:
            return self._conn is not None and not self._conn.is_closed()
        self._asked = now
        try:
            if self._conn is None or self._conn.is_closed():
                return await self._take()
            await self._conn.execute("select 1", timeout=2)
        except NO_ANSWER:
            await self.release()
            return False
        return True

    async def _take(self) -> bool:
        settings = {"application_name": self._name, "idle_session_timeout": "5s"}
        conn = await asyncpg.connect(self._dsn, timeout=5, command_timeout=5, server_settings=settings)
        taken = False
        try:
            taken = bool(await conn.fetchval("select pg_try_advisory_lock(hashtextextended($1, 0))", self._name))
        finally:
            if not taken:
                conn.terminate()
        if taken:
            self._conn = conn
            log.info("lock_taken", lock=self._name)
        return taken

    async def release(self) -> None:
        """Give the lock up; `held` takes it again when it is next to ask."""
        if self._conn is not None:
            self._conn.terminate()
            self._conn = None
