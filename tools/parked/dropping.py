"""Drops records for good: their effects never happen, and what queued behind them goes on.

One aggregate a transaction, its position locked before its records: a poll of the service takes them in that order
too, and a drain, which takes them the other way round, is never waited for.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.events.catalogue import topics
from shared.messaging.parking import UNREADABLE
from tools.parked import heaps, store
from tools.parked.choice import Choice, Place
from tools.parked.heaps import Heap
from tools.parked.retrying import Signature

if TYPE_CHECKING:
    import asyncpg

TRIES = 10
PAUSE = 0.3


class Refusal(NamedTuple):
    """A record that must not be dropped now, and why."""

    place: Place
    why: str


class Intent(NamedTuple):
    """What a drop would do in one service."""

    heaps: Sequence[Heap]
    refusals: Sequence[Refusal]

    @property
    def records(self) -> int:
        """How many records would go."""
        return sum(len(heap.rows) for heap in self.heaps)


class Dropped(NamedTuple):
    """What was done in one service."""

    rows: Sequence[Any]
    refusals: Sequence[Refusal]


async def intend(conn: "asyncpg.Connection", choice: Choice) -> Intent:
    """What would be dropped, and what stands against it.

    What was overtaken leaves by itself and is passed over, unless its stream is stopped: it may be what stops it.
    """
    whole = []
    refusals = []
    stopped = {row["topic"] for row in await conn.fetch("select topic from stopped_stream")}
    for found in heaps.by_aggregate(await store.rows(conn, choice, None)):
        position = await heaps.position(conn, found)
        rows = [row for row in found.rows if found.topic in stopped or not _is_overtaken(row, position)]
        if rows:
            heap = found._replace(rows=rows, position=position)
            whole.append(heap)
            refusals += await _judge(conn, heap)
    return Intent(whole, refusals)


def _is_overtaken(row: Any, position: int) -> bool:
    return row["code"] not in UNREADABLE and row["version"] is not None and row["version"] <= position


async def drop(conn: "asyncpg.Connection", intent: Intent, signature: Signature) -> Dropped:
    """Does it. What has changed since it was intended is left alone and comes back as a refusal."""
    rows: list[Any] = []
    refusals: list[Refusal] = []
    for heap in intent.heaps:
        refused = await _drop_in_time(conn, heap, signature)
        refusals += refused
        rows += [] if refused else heap.rows
    return Dropped(rows, refusals)


async def _drop_in_time(conn: "asyncpg.Connection", heap: Heap, signature: Signature) -> Sequence[Refusal]:
    import asyncpg  # noqa: PLC0415 - a command pays for its own imports only

    for _ in range(TRIES):
        try:
            return await _drop(conn, heap, signature)
        except _BusyError:
            await asyncio.sleep(PAUSE)
        except asyncpg.LockNotAvailableError:
            break  # it has waited long enough; what was dropped before this one must still be told
    return [Refusal(_place(heap.rows[0]), "the service is busy with it: look again")]


class _BusyError(Exception):
    """The service is trying a record at this moment."""


async def _drop(conn: "asyncpg.Connection", heap: Heap, signature: Signature) -> Sequence[Refusal]:
    async with conn.transaction():
        if heap.key is not None and await heaps.lock_position(conn, heap) != heap.position:
            return [Refusal(_place(heap.rows[0]), "the service has gone on with this key meanwhile: look again")]
        if refusals := await _judge(conn, heap):
            return refusals
        held = await heaps.hold(conn, heap)
        if len(held) < len(heap.rows):
            if await heaps.visible(conn, heap) == len(heap.rows):
                raise _BusyError
            return [Refusal(_place(heap.rows[0]), "the service has taken it up meanwhile: look again")]
        await heaps.delete(conn, heap, signature)
        # A state that was refused holds nobody up, and a position beyond its owner's would swallow what comes.
        if heap.key is not None and not _is_state(heap.topic):
            left = await heaps.first_left(conn, heap)
            await heaps.move(conn, heap, [row for row in held if row["version"] < left])
    return []


async def _judge(conn: "asyncpg.Connection", heap: Heap) -> list[Refusal]:
    if heap.key is None or _is_state(heap.topic):
        return []  # of states the last one wins, so nothing waits for an earlier one
    next_, left = heap.position + 1, await heaps.first_left(conn, heap)
    for row in heap.rows:
        first = min(next_, left)
        if row["version"] > first:
            return [Refusal(_place(row), _explain(row["version"], first, parked=first == left))]
        next_ = max(next_, row["version"] + 1)
    return []


def _is_state(topic: str) -> bool:
    declared = topics().get(topic)
    return declared is not None and declared.kind == "state"


def _explain(version: int, first: int, *, parked: bool) -> str:
    if parked:
        return (
            f"no. {version} waits for no. {first}, which is set aside too: mend or drop that one first, "
            "or choose both in one call"
        )
    return f"no. {version} waits for no. {first}, which has not come yet: look for it with `antar why`"


def _place(row: Any) -> Place:
    return Place(row["topic"], row["partition"], row["record_offset"])
