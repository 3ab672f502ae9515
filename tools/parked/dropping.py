"""Drops records for good: their effects never happen, and what queued behind them goes on.

One aggregate a transaction, its position locked before its records: a poll of the service takes them in that order
too, and a drain, which takes them the other way round, is never waited for.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.events.catalogue import topics
from shared.events.cloudevents import UnreadableError, read
from shared.messaging.parking import UNREADABLE, ParkedRecord, unpack
from tools.parked import store
from tools.parked.choice import Choice, Place
from tools.parked.retrying import Signature

if TYPE_CHECKING:
    import asyncpg

TRIES = 10
PAUSE = 0.3


class Refusal(NamedTuple):
    """A record that must not be dropped now, and why."""

    place: Place
    why: str


class Heap(NamedTuple):
    """The chosen records of one aggregate, by version, and its position; or one record that has none."""

    topic: str
    key: str | None
    rows: Sequence[Any]
    position: int = 0


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
    """What would be dropped, and what stands against it. What was overtaken leaves by itself and is passed over."""
    heaps = []
    refusals = []
    for found in _heaps(await store.rows(conn, choice, None)):
        position = await _position(conn, found)
        rows = [row for row in found.rows if not _is_overtaken(row, position)]
        if rows:
            heap = found._replace(rows=rows, position=position)
            heaps.append(heap)
            refusals += await _judge(conn, heap)
    return Intent(heaps, refusals)


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
        if heap.key is not None and await _lock_position(conn, heap) != heap.position:
            return [Refusal(_place(heap.rows[0]), "the service has gone on with this key meanwhile: look again")]
        held = await _hold(conn, heap)
        if len(held) < len(heap.rows):
            if await _visible(conn, heap) == len(heap.rows):
                raise _BusyError
            return [Refusal(_place(heap.rows[0]), "the service has taken it up meanwhile: look again")]
        await _delete(conn, heap, signature)
        # A state that was refused holds nobody up, and a position beyond its owner's would swallow what comes.
        if heap.key is not None and not _is_state(heap.topic):
            await _move(conn, heap, held[-1])
    return []


async def _judge(conn: "asyncpg.Connection", heap: Heap) -> list[Refusal]:
    if heap.key is None or _is_state(heap.topic):
        return []  # of states the last one wins, so nothing waits for an earlier one
    next_ = heap.position + 1
    for row in heap.rows:
        if row["version"] > next_:
            query = "select exists (select from parked where topic = $1 and key = $2 and version = $3)"
            there = await conn.fetchval(query, heap.topic, heap.key, next_)
            return [Refusal(_place(row), _explain(row["version"], next_, parked=there))]
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


def _heaps(rows: Sequence[Any]) -> list[Heap]:
    aggregates: dict[tuple[str, str], list[Any]] = {}
    alone = []
    for row in rows:
        if row["key"] is None or row["version"] is None:
            alone.append(Heap(row["topic"], None, [row]))
        else:
            aggregates.setdefault((row["topic"], row["key"]), []).append(row)
    heaps = [Heap(topic, key, sorted(of, key=lambda r: r["version"])) for (topic, key), of in aggregates.items()]
    return [*heaps, *alone]


def _place(row: Any) -> Place:
    return Place(row["topic"], row["partition"], row["record_offset"])


async def _position(conn: "asyncpg.Connection", heap: Heap) -> int:
    if heap.key is None:
        return 0
    query = "select version from stream_position where topic = $1 and key = $2"
    return int(await conn.fetchval(query, heap.topic, heap.key) or 0)


async def _lock_position(conn: "asyncpg.Connection", heap: Heap) -> int:
    # Also where there is none yet: version 0 is before the first event.
    query = """
        insert into stream_position as s (topic, key, version, expected) values ($1, $2, 0, 0)
        on conflict (topic, key) do update set version = s.version returning version
    """
    return int(await conn.fetchval(query, heap.topic, heap.key))


async def _hold(conn: "asyncpg.Connection", heap: Heap) -> list["asyncpg.Record"]:
    held: list[asyncpg.Record] = await conn.fetch(
        """
        select p.* from parked p
        join unnest($1::integer[], $2::bigint[]) as n (partition, record_offset) using (partition, record_offset)
        where p.topic = $3 order by p.version for update of p skip locked
        """,
        [row["partition"] for row in heap.rows],
        [row["record_offset"] for row in heap.rows],
        heap.topic,
    )
    return held


async def _visible(conn: "asyncpg.Connection", heap: Heap) -> int:
    query = """
        select count(*) from parked p
        join unnest($1::integer[], $2::bigint[]) as n (partition, record_offset) using (partition, record_offset)
        where p.topic = $3
    """
    partitions, offsets = [row["partition"] for row in heap.rows], [row["record_offset"] for row in heap.rows]
    return int(await conn.fetchval(query, partitions, offsets, heap.topic))


async def _delete(conn: "asyncpg.Connection", heap: Heap, signature: Signature) -> None:
    await conn.execute(
        """
        with gone as (
            delete from parked p using unnest($1::integer[], $2::bigint[]) as n (partition, record_offset)
            where p.topic = $3 and p.partition = n.partition and p.record_offset = n.record_offset
            returning p.topic, p.partition, p.record_offset, p.key, p.version, p.code
        )
        insert into parked_action (who, action, reason, topic, partition, record_offset, key, version, code)
        select $4, 'drop', $5, gone.* from gone
        """,
        [row["partition"] for row in heap.rows],
        [row["record_offset"] for row in heap.rows],
        heap.topic,
        *signature,
    )


async def _move(conn: "asyncpg.Connection", heap: Heap, last: "asyncpg.Record") -> None:
    # With its event's id, so that the same record, read again, is a duplicate and another one an alarm.
    await conn.execute(
        """
        update stream_position set expected = version, version = $3, event_id = $4
        where topic = $1 and key = $2 and version < $3
        """,
        heap.topic,
        heap.key,
        last["version"],
        _event_id(last),
    )


def _event_id(row: "asyncpg.Record") -> Any:
    record = ParkedRecord(
        row["topic"],
        row["partition"],
        row["record_offset"],
        row["raw_key"],
        row["raw_value"],
        unpack(row["headers"]),
        0,
    )
    try:
        return read(record).event_id
    except UnreadableError:
        return None
