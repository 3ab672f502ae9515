"""Records set aside: poison, and what queued behind it, exactly as they were on the log."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.events.catalogue import parked_topic, topics
from shared.events.cloudevents import Record
from shared.failpoints import failpoint
from shared.messaging.transaction import MAX_PAYLOAD, Connection, Transaction

GAP = "gap"
"""The code of a record that only waits for an earlier one of its aggregate."""

UNREADABLE = ("bad-key", "missing-header", "bad-header", "bad-envelope")
"""Codes of records without a readable envelope: nobody can say that they are duplicates, wherever their key stands."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A record to set aside, with a stable word for the cause; `attempts` counts how often it was tried."""

    record: Record
    key: str | None
    version: int | None
    event_id: UUID | None
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
    headers: Sequence[tuple[str, bytes | None]]
    attempts: int


@failpoint("parking")
async def park(tx: Transaction, group: str, parked: Sequence[Parked]) -> None:
    """Set records aside in one statement, and announce a copy of each; one that is already there stays as it is."""
    rows = await tx.conn.fetch(
        """
        insert into parked
            (topic, partition, record_offset, key, version, event_id, raw_key, raw_value, headers, code, attempts)
        select * from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::bigint[], $6::uuid[], $7::bytea[],
                             $8::bytea[], $9::bytea[], $10::text[], $11::int[])
        on conflict do nothing
        returning topic, partition, record_offset
        """,
        [p.record.topic for p in parked],
        [p.record.partition for p in parked],
        [p.record.offset for p in parked],
        [p.key for p in parked],
        [p.version for p in parked],
        [p.event_id for p in parked],
        [p.record.key for p in parked],
        [p.record.value for p in parked],
        [_pack(p.record.headers) for p in parked],
        [p.code for p in parked],
        [p.attempts for p in parked],
    )
    inserted = {tuple(row) for row in rows}
    for p in parked:
        place = (p.record.topic, p.record.partition, p.record.offset)
        if place in inserted and not isinstance(p.record, ParkedRecord):
            tx.publish(parked_topic(p.record.topic, group), p.key or "", "RecordParked", _copy(p))


@failpoint("taking parked records")
async def take_due(conn: Connection, *, limit: int) -> list[ParkedRecord]:
    """Take out rows that could be applied now: those whose aggregate has come up to them.

    A refused one is due when it was marked for a retry; if it is refused again, it comes back unmarked.
    What still cannot be applied is parked anew by the caller, in the same transaction: so nothing may be due
    that comes back as it was, or a drain would never end.
    """
    rows = await conn.fetch(
        """
        delete from parked where (topic, partition, record_offset) in (
            select p.topic, p.partition, p.record_offset
            from parked p left join stream_position s on s.topic = p.topic and s.key = p.key
            where ((p.version <= coalesce(s.version, 0) and (p.code <> all ($3) or p.retry))
                   or ((p.code = $1 or p.retry)
                       and (p.version = coalesce(s.version, 0) + 1 or p.version is null or p.topic = any ($2))))
              and not exists (select from stopped_stream t where t.topic = p.topic)
            order by p.topic, p.key, p.version
            limit $4
            for update of p skip locked)
        returning topic, partition, record_offset, key, version, raw_key, raw_value, headers, attempts
        """,
        GAP,
        [name for name, topic in topics().items() if topic.kind == "state"],
        UNREADABLE,
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
            unpack(r["headers"]),
            r["attempts"],
        )
        for r in rows
    ]


async def retry_refused(conn: Connection) -> None:
    """Mark everything that was refused for one more try."""
    await conn.execute("update parked set retry = true where code <> $1", GAP)


def _pack(headers: Sequence[tuple[str, bytes | None]]) -> bytes:
    # Base64: a header may hold any bytes, and they must come back as they were.
    return json.dumps([[name, _text(value)] for name, value in headers]).encode()


def unpack(packed: bytes) -> list[tuple[str, bytes | None]]:
    """The headers of a parked row as they were on the log."""
    return [(name, None if value is None else base64.b64decode(value)) for name, value in json.loads(packed)]


def _copy(p: Parked) -> bytes:
    place = {
        "topic": p.record.topic,
        "partition": p.record.partition,
        "offset": p.record.offset,
        "record_key": p.key,
        "version": p.version,
        "code": p.code,
    }
    headers = [[name, _text(value)] for name, value in p.record.headers]
    whole = json.dumps(place | {"headers": headers, "value": _text(p.record.value)}).encode()
    # What a restricted topic carries never leaves for a copy: an erasure would not reach it there.
    if topics()[p.record.topic].classification == "public" and len(whole) <= MAX_PAYLOAD:
        return whole
    return json.dumps(place | {"headers": None, "value": None}).encode()


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode()
