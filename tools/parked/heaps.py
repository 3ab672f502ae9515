"""The chosen records of one aggregate as they lie in a service's database, and what dropping them takes there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.events.cloudevents import MAX_VERSION
from tools.parked.retrying import Signature

if TYPE_CHECKING:
    import asyncpg


class Heap(NamedTuple):
    """The chosen records of one aggregate, by version, and its position; or one record that has none."""

    topic: str
    key: str | None
    rows: Sequence[Any]
    position: int = 0


def by_aggregate(rows: Sequence[Any]) -> list[Heap]:
    """Records that belong to one aggregate together; their positions are still to be looked up."""
    aggregates: dict[tuple[str, str], list[Any]] = {}
    alone = []
    for row in rows:
        if row["key"] is None or row["version"] is None:
            alone.append(Heap(row["topic"], None, [row]))
        else:
            aggregates.setdefault((row["topic"], row["key"]), []).append(row)
    heaps = [Heap(topic, key, sorted(of, key=lambda r: r["version"])) for (topic, key), of in aggregates.items()]
    return [*heaps, *alone]


async def position(conn: "asyncpg.Connection", heap: Heap) -> int:
    """The last version that was applied; 0 before the first, and of a record without an aggregate."""
    if heap.key is None:
        return 0
    query = "select version from stream_position where topic = $1 and key = $2"
    return int(await conn.fetchval(query, heap.topic, heap.key) or 0)


async def lock_position(conn: "asyncpg.Connection", heap: Heap) -> int:
    """The position, held until the transaction ends."""
    # Also where there is none yet: version 0 is before the first event.
    query = """
        insert into stream_position as s (topic, key, version, expected) values ($1, $2, 0, 0)
        on conflict (topic, key) do update set version = s.version returning version
    """
    return int(await conn.fetchval(query, heap.topic, heap.key))


async def hold(conn: "asyncpg.Connection", heap: Heap) -> list["asyncpg.Record"]:
    """Those of the records that nobody else holds, by version, held until the transaction ends."""
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


async def visible(conn: "asyncpg.Connection", heap: Heap) -> int:
    """How many of the records are there, whoever holds them."""
    query = """
        select count(*) from parked p
        join unnest($1::integer[], $2::bigint[]) as n (partition, record_offset) using (partition, record_offset)
        where p.topic = $3
    """
    partitions, offsets = [row["partition"] for row in heap.rows], [row["record_offset"] for row in heap.rows]
    return int(await conn.fetchval(query, partitions, offsets, heap.topic))


async def delete(conn: "asyncpg.Connection", heap: Heap, signature: Signature) -> None:
    """Delete them, and keep who did it and why."""
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


async def first_left(conn: "asyncpg.Connection", heap: Heap) -> int:
    """The lowest version after the position of which another record, not chosen, is set aside as well."""
    query = """
        select min(version) from parked p
        where topic = $3 and key = $4 and version > $5 and not exists (
            select from unnest($1::integer[], $2::bigint[]) as n (partition, record_offset)
            where n.partition = p.partition and n.record_offset = p.record_offset)
    """
    partitions, offsets = [row["partition"] for row in heap.rows], [row["record_offset"] for row in heap.rows]
    version = await conn.fetchval(query, partitions, offsets, heap.topic, heap.key, heap.position)
    return MAX_VERSION + 1 if version is None else int(version)


async def move(conn: "asyncpg.Connection", heap: Heap, over: Sequence["asyncpg.Record"]) -> None:
    """Move the position over these records."""
    # With the last event's id, so that the same record, read again, is a duplicate and another one an alarm.
    if not over:
        return
    last = over[-1]
    await conn.execute(
        """
        update stream_position set expected = version, version = $3, event_id = $4
        where topic = $1 and key = $2 and version < $3
        """,
        heap.topic,
        heap.key,
        last["version"],
        last["event_id"],
    )
