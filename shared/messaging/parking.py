"""Records set aside: poison, and what queued behind it, exactly as they were on the log."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.messaging.cloudevents import Record
from shared.messaging.transaction import Connection

GAP = "gap"
"""The code of a record that only waits for an earlier one of its aggregate."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A record to set aside, with a stable word for the cause; `attempts` counts how often it was tried."""

    record: Record
    key: str | None
    version: int | None
    code: str
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class ParkedRecord:
    """A parked row in the shape of the log entry it was."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    attempts: int


async def park(conn: Connection, parked: Sequence[Parked]) -> None:
    """Set records aside in one statement; one that is already there stays as it is."""
    await conn.execute(
        """
        insert into parked
            (topic, partition, record_offset, key, version, raw_key, raw_value, headers, code, attempts)
        select * from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::bigint[], $6::bytea[], $7::bytea[],
                             $8::bytea[], $9::text[], $10::int[])
        on conflict do nothing
        """,
        [p.record.topic for p in parked],
        [p.record.partition for p in parked],
        [p.record.offset for p in parked],
        [p.key for p in parked],
        [p.version for p in parked],
        [p.record.key for p in parked],
        [p.record.value for p in parked],
        [_pack(p.record.headers) for p in parked],
        [p.code for p in parked],
        [p.attempts for p in parked],
    )


async def take_due(
    conn: Connection, state_topics: Sequence[str], *, poison_before: datetime | None, limit: int
) -> list[ParkedRecord]:
    """Take out rows that could be applied now: those whose aggregate has come up to them.

    With `poison_before` also rows that were refused before that moment, for a release or a person who mended
    the cause; one that is refused again is parked after it, so each is tried once.
    What still cannot be applied is parked anew by the caller, in the same transaction.
    """
    rows = await conn.fetch(
        """
        delete from parked where (topic, partition, record_offset) in (
            select p.topic, p.partition, p.record_offset
            from parked p left join stream_position s on s.topic = p.topic and s.key = p.key
            where (p.version <= coalesce(s.version, 0) or (p.code = $1 or p.parked_at < $2)
                   and (p.version = coalesce(s.version, 0) + 1 or p.version is null or p.topic = any ($3)))
            order by p.topic, p.key, p.version
            limit $4
            for update of p skip locked)
        returning topic, partition, record_offset, key, version, raw_key, raw_value, headers, attempts
        """,
        GAP,
        poison_before,
        list(state_topics),
        limit,
    )
    rows.sort(key=lambda r: (r["topic"], r["key"] or "", r["version"] or 0))
    return [
        ParkedRecord(
            r["topic"],
            r["partition"],
            r["record_offset"],
            r["raw_key"],
            r["raw_value"],
            _unpack(r["headers"]),
            r["attempts"],
        )
        for r in rows
    ]


def _pack(headers: Sequence[tuple[str, bytes]]) -> bytes:
    # Base64: a header may hold any bytes, and they must come back as they were.
    return json.dumps([[name, base64.b64encode(value or b"").decode()] for name, value in headers]).encode()


def _unpack(packed: bytes) -> list[tuple[str, bytes]]:
    return [(name, base64.b64decode(value)) for name, value in json.loads(packed)]
