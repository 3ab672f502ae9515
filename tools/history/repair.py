"""Puts a restored writer behind its own log: no version is used twice, and what came under a used one is said again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from tools.errors import PlatformError
from tools.history.reading import Aggregate, History


@dataclass(frozen=True)
class Repair:
    """What was, or would be, done to a writer's database.

    `raised` aggregates stood behind the log; `said_again` events get a free version.
    """

    raised: int
    said_again: int


Row = tuple[UUID, str, str | None, bytes | None, datetime]
"""Event id, type, traceparent, payload, time."""


async def repair(dsn: str, service: str, history: History, *, dry_run: bool = False) -> Repair:
    """Repair the database of a writer that does not run.

    Facts that the database has forgotten stay on the log: their readers have acted on them. Facts that it said
    since under versions already used, sent or not, are queued once more under free ones.

    Raises:
        PlatformError: the service is running.
        asyncpg.PostgresError: the database refuses.
    """
    conn = await asyncpg.connect(dsn)
    try:
        async with conn.transaction():
            await _must_not_run(conn, service)
            again, renumbered = _to_say_again(await conn.fetch("select * from outbox order by id"), history)
            versions = await _versions(conn)
            raised = [aggregate for aggregate, last in history.last.items() if versions.get(aggregate, 0) < last]
            if not dry_run:
                await conn.execute("delete from outbox where id = any($1::bigint[])", renumbered)
                await _queue(conn, again, {a: history.last.get(a, 0) for a in {*raised, *again}})
            return Repair(len(raised), sum(len(rows) for rows in again.values()))
    finally:
        await conn.close()


async def _must_not_run(conn: asyncpg.Connection, service: str) -> None:
    # The relay's lock: whoever sends from this database holds it.
    if not await conn.fetchval("select pg_try_advisory_xact_lock(hashtextextended($1, 0))", f"{service}-relay"):
        raise PlatformError(f"{service} is running: stop it first, all its instances.")


async def _versions(conn: asyncpg.Connection) -> dict[Aggregate, int]:
    return {(r[0], r[1]): r[2] for r in await conn.fetch("select topic, key, version from stream_version")}


def _to_say_again(
    waiting: Sequence[asyncpg.Record], history: History
) -> tuple[Mapping[Aggregate, Sequence[Row]], Sequence[int]]:
    # First what the log holds under used versions, then what waits in the outbox under such, each in its order;
    # and the outbox ids of the latter.
    queued = {row["event_id"] for row in waiting}
    again: dict[Aggregate, list[Row]] = defaultdict(list)
    for event in history.unsaid():
        if event.again not in queued:
            again[event.aggregate].append((event.again, event.type, event.traceparent, event.payload, event.time))
    renumbered = []
    for row in waiting:
        aggregate = (row["topic"], row["key"])
        holder = history.holders.get((*aggregate, row["version"]), row["event_id"])
        if row["event_id"] not in history.ids and (aggregate in again or holder != row["event_id"]):
            again[aggregate].append(
                (row["event_id"], row["type"], row["traceparent"], row["payload"], row["created_at"])
            )
            renumbered.append(row["id"])
    return again, renumbered


async def _queue(
    conn: asyncpg.Connection, again: Mapping[Aggregate, Sequence[Row]], last: Mapping[Aggregate, int]
) -> None:
    rows = [
        (*aggregate, last[aggregate] + n, *row)
        for aggregate, its_rows in again.items()
        for n, row in enumerate(its_rows, 1)
    ]
    await conn.copy_records_to_table(
        "outbox",
        records=rows,
        columns=("topic", "key", "version", "event_id", "type", "traceparent", "payload", "created_at"),
    )
    reached = {aggregate: version + len(again.get(aggregate, ())) for aggregate, version in last.items()}
    await conn.executemany(
        "insert into stream_version (topic, key, version) values ($1, $2, $3)"
        " on conflict (topic, key) do update set version = excluded.version",
        [(*aggregate, version) for aggregate, version in reached.items()],
    )
