"""A database transaction that also announces facts: both happen, or neither."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import asyncpg
from uuid_utils import UUID, uuid7

from shared import tracing
from shared.events.base import Event, Stream
from shared.failpoints import failpoint

if TYPE_CHECKING:
    from opentelemetry.trace import Span

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
"""What store functions take as their first argument."""


MAX_PAYLOAD = 512 * 1024
"""Bytes; half of a record batch. Refused here, since the relay could only stumble over it for ever."""


def _nobody_asks() -> None:
    """Called at each sign of life where nobody watches."""


OUTBOX_COLUMNS = ("topic", "key", "version", "event_id", "type", "traceparent", "payload", "created_at")


class Announced(NamedTuple):
    """One fact on its way to the outbox; `payload` None erases a state."""

    topic: str
    key: str
    event_id: UUID
    type: str
    payload: bytes | None


class Transaction:
    """What a handler or a command works with: `conn` for its effects, `announce` for its facts.

    Work that takes long says `alive` as it gets on: what is silent for too long is taken for stuck.
    """

    def __init__(self, conn: Connection, owner: str, alive: Callable[[], None] = _nobody_asks) -> None:
        self.conn = conn
        self.alive = alive
        self._owner = owner
        self._traces: Mapping[str, str] = {}
        self._queue: list[Announced] = []
        self._spans: list[Span] = []

    def announce(self, *events: Event) -> None:
        """Queue facts; they get their versions and reach the log once the transaction is committed.

        Raises:
            ValueError: the event belongs to a stream of another service, or is too large for the log.
        """
        for event in events:
            stream = event.stream
            self._own(stream)
            self.publish(stream.topic, event.key, type(event).__name__, event.write())

    def erase(self, stream: Stream, key: str) -> None:
        """Announce that the state of `key` on a `state` stream is gone (a tombstone)."""
        self._own(stream)
        if stream.declaration.kind != "state":
            raise ValueError(f"{stream.topic} keeps facts; only a state can be erased")
        self.publish(stream.topic, key, "Erased", None)

    def publish(self, topic: str, key: str, type_: str, payload: bytes | None) -> None:
        """Queue one fact as it will stand on the log; for what has no event class, else `announce`.

        Raises:
            ValueError: it is too large for the log.
        """
        if payload is not None and len(payload) > MAX_PAYLOAD:
            raise ValueError(f"{type_} of {len(payload)} bytes is too large for the log")
        self._queue.append(Announced(topic, key, uuid7(), type_, payload))

    def _own(self, stream: Stream) -> None:
        if stream.declaration.owner != self._owner:
            raise ValueError(f"{stream.topic} is written by {stream.declaration.owner} alone, not by {self._owner}")

    def follow(self, traces: Mapping[str, str]) -> None:
        """Let what is announced of a key go on in the trace of the event that caused it (W3C traceparent by key)."""
        self._traces = traces

    def mark(self) -> int:
        """The queue's length, to cut it back to when a savepoint is rolled back."""
        return len(self._queue)

    def cut_back(self, mark: int) -> None:
        """Forget what was announced since `mark`."""
        del self._queue[mark:]

    @failpoint("queueing")
    async def flush(self) -> int:
        """Number what was announced and put it into the outbox: two statements, whatever the count.

        The bump of `stream_version` comes first and in sorted order: its row locks give outbox ids of one
        aggregate the order of its versions, and keep two transactions from locking crosswise.

        Returns:
            How many facts were queued.
        """
        if not self._queue:
            return 0
        counts = sorted(Counter((a.topic, a.key) for a in self._queue).items())
        rows = await self.conn.fetch(
            """
            insert into stream_version as s (topic, key, version)
            select * from unnest($1::text[], $2::text[], $3::bigint[])
            on conflict (topic, key) do update set version = s.version + excluded.version
            returning topic, key, version
            """,
            [aggregate[0] for aggregate, _ in counts],
            [aggregate[1] for aggregate, _ in counts],
            [n for _, n in counts],
        )
        last = {(topic, key): version for topic, key, version in rows}
        following = {aggregate: last[aggregate] - n for aggregate, n in counts}
        versions = []
        for a in self._queue:
            following[a.topic, a.key] += 1
            versions.append(following[a.topic, a.key])
        now = datetime.now(UTC)
        if request := tracing.asked.get():
            request.about({a.key for a in self._queue})
        await self.conn.copy_records_to_table(
            "outbox",
            records=[
                (a.topic, a.key, version, a.event_id, a.type, self._trace(a), a.payload, now)
                for a, version in zip(self._queue, versions, strict=True)
            ],
            columns=OUTBOX_COLUMNS,
        )
        queued = len(self._queue)
        self._queue.clear()
        return queued

    def _trace(self, a: Announced) -> str:
        cause = self._traces.get(a.key)
        if tracing.spans is None:
            return tracing.following(a.key, cause)
        traceparent, span = tracing.spans.said(a.topic, a.type, a.key, cause, tracing.asked.get())
        self._spans.append(span)
        return traceparent

    def committed(self) -> None:
        """What was announced is a fact now."""
        for span in self._spans:
            span.end()


class Database:
    """The service's own database: transactions that announce, and plain reads."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        owner: str,
        committed: Callable[[int], None] = lambda _: None,
        alive: Callable[[], None] = _nobody_asks,
    ) -> None:
        """`committed` is called after each commit with the number of facts that it announced.

        `alive` is called at the beginning of each transaction, and whenever its work gets on.
        """
        self.pool = pool
        self.owner = owner
        self._committed = committed
        self._alive = alive

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open, hand out, flush, commit; on any exception roll back, and nothing was announced."""
        self._alive()
        async with self.pool.acquire() as conn, conn.transaction():
            tx = Transaction(conn, self.owner, self._alive)
            yield tx
            announced = await tx.flush()
        tx.committed()
        self._committed(announced)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection for queries alone."""
        async with self.pool.acquire() as conn:
            yield conn
