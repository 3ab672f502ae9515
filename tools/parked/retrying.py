"""Has records tried once more: they are marked, and the running service takes them up within seconds."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from shared.messaging.parking import GAP
from tools.parked import store
from tools.parked.choice import Choice

if TYPE_CHECKING:
    import asyncpg

LOOK_EVERY = 0.5


class Signature(NamedTuple):
    """Who does something and why, for the history."""

    who: str
    reason: str


@dataclass(frozen=True)
class Retried:
    """What became of a retry in one service. `back` counts by code; `untried` are still marked."""

    marked: int
    waiting: int
    """Chosen, but only waiting for an earlier event: they follow by themselves."""
    left: int = 0
    back: Counter[str] = field(default_factory=Counter)
    untried: int = 0
    runs: bool = True
    """Whether anybody of the service is connected to its database."""


async def retry(
    conn: "asyncpg.Connection", service: str, choice: Choice, signature: Signature, *, rate: int | None, wait: float
) -> Retried:
    """Marks what is chosen, `rate` a second, and looks for `wait` seconds what becomes of it.

    A record that the service is trying at this moment is gone for the mark, and has just been tried anyway.
    """
    chosen = await store.rows(conn, choice, None)
    refused = [row for row in chosen if row["code"] != GAP]
    marked: list[asyncpg.Record] = []
    for portion in _portions(refused, rate):
        if marked:
            await asyncio.sleep(1)
        marked += await _mark(conn, portion, signature)
    left, back, untried = len(marked), Counter[str](), 0
    if marked and wait:
        left, back, untried = await _watch(conn, marked, wait)
    return Retried(
        len(marked), len(chosen) - len(refused), left if wait else 0, back, untried, await runs(conn, service)
    )


async def runs(conn: "asyncpg.Connection", service: str) -> bool:
    """Whether a process of the service is connected to this database."""
    return bool(
        await conn.fetchval(
            "select exists (select from pg_stat_activity where datname = current_database() and "
            "split_part(application_name, '/', 1) = $1)",
            service,
        )
    )


def _portions(rows: Sequence["asyncpg.Record"], rate: int | None) -> Iterator[Sequence["asyncpg.Record"]]:
    size = rate or len(rows) or 1
    return (rows[n : n + size] for n in range(0, len(rows), size))


async def _mark(
    conn: "asyncpg.Connection", rows: Sequence["asyncpg.Record"], signature: Signature
) -> list["asyncpg.Record"]:
    marked: list[asyncpg.Record] = await conn.fetch(
        """
        with marked as (
            update parked p set retry = true
            from unnest($1::text[], $2::integer[], $3::bigint[]) as n (topic, partition, record_offset)
            where p.topic = n.topic and p.partition = n.partition and p.record_offset = n.record_offset
            returning p.topic, p.partition, p.record_offset, p.key, p.version, p.code
        )
        insert into parked_action (who, action, reason, topic, partition, record_offset, key, version, code)
        select $4, 'retry', $5, marked.* from marked
        returning topic, partition, record_offset
        """,
        *_places(rows),
        *signature,
    )
    return marked


async def _watch(
    conn: "asyncpg.Connection", marked: Sequence["asyncpg.Record"], wait: float
) -> tuple[int, Counter[str], int]:
    deadline = time.monotonic() + wait
    while True:
        there = await conn.fetch(
            """
            select p.code, p.retry from parked p
            join unnest($1::text[], $2::integer[], $3::bigint[]) as n (topic, partition, record_offset)
                using (topic, partition, record_offset)
            """,
            *_places(marked),
        )
        untried = sum(row["retry"] for row in there)
        if not untried or time.monotonic() > deadline:
            back = Counter(row["code"] for row in there if not row["retry"])
            return len(marked) - len(there), back, untried
        await asyncio.sleep(LOOK_EVERY)


def _places(rows: Sequence["asyncpg.Record"]) -> tuple[list[str], list[int], list[int]]:
    return (
        [row["topic"] for row in rows],
        [row["partition"] for row in rows],
        [row["record_offset"] for row in rows],
    )
