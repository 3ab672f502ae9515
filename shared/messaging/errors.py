"""What an exception means for the event at hand: try again, or set aside."""

from uuid import UUID

import asyncpg

TRANSIENT_SQLSTATES = ("08", "40001", "40P01", "53", "55P03", "57", "25P03")
"""Connection lost, serialization, deadlock, out of resources, lock wait, shutdown, idle transaction ended."""

NO_ANSWER = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    RuntimeError,
)
"""What a query that cannot be wrong ends with when the database is away; `is_transient` says when which counts."""


class PermanentError(Exception):
    """Raised by a handler: this event can never be applied as it stands. `code` is a stable word, without values."""

    code = "handler-refused"

    def __init__(self, code: str | None = None) -> None:
        super().__init__(code or self.code)
        self.code = code or self.code


class RivalError(Exception):
    """Something is not as presumed, most often because a rival has moved a position: roll back and look again."""


class HistoryRewrittenError(Exception):
    """A version that was applied came again with another event id: its writer was put back to an earlier moment."""

    def __init__(self, topic: str, key: str, version: int, applied: UUID, found: UUID) -> None:
        super().__init__(topic)
        self.topic = topic
        self.key = key
        self.version = version
        self.applied = applied
        self.found = found


class ReleaseIsBadError(Exception):
    """So much of one poll is refused that the release, not the data, must be wrong: park nothing and stop."""


def is_transient(error: BaseException) -> bool:
    """Whether the same work can succeed later without anyone mending data or code."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(TRANSIENT_SQLSTATES)
    if isinstance(error, asyncpg.InterfaceError):
        # Lost while it was idle in our hands, a connection of a pool has gone back to it.
        return "closed" in str(error) or "released back to the pool" in str(error)
    if isinstance(error, asyncpg.InternalClientError):
        # The server ended the session while nobody listened: its last word was read, its end is not known yet.
        return "cannot switch to state" in str(error)
    if isinstance(error, RuntimeError):
        # uvloop's word, and not an OSError, for a write to a connection that was reset a moment ago.
        return "handler is closed" in str(error)
    return isinstance(error, OSError | TimeoutError | RivalError)
