"""What a plain script would do with the same events: the same statements, the same payloads, nothing around them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg
from uuid_utils import UUID, uuid7

from bench.facts import TOPIC, Raw, sent
from shared.events.dispatch import DeliveryAssigned
from shared.events.notify import MESSAGE
from shared.messaging.transaction import OUTBOX_COLUMNS


class Plain(NamedTuple):
    """What a script needs of a record: `event_id` as text or bytes will do for the database."""

    key: str
    version: int
    event_id: UUID
    traceparent: str
    value: bytes


def plain(key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Plain:
    """Take from a record what is needed, in the shortest way."""
    given = dict(headers)
    return Plain(
        key.decode(),
        int(given["ce_sequence"]),
        UUID(given["ce_id"].decode()),
        given["traceparent"].decode(),
        value,
    )


def from_raw(raw: Raw) -> Plain:
    """The same from a record that was never sent."""
    _, key, value, headers = raw
    return plain(key, value, headers)


async def transaction(pool: asyncpg.Pool, events: Sequence[Plain]) -> None:
    """Claim, effect, announcement and commit of a batch, in the statements that the core sends for a full poll.

    Each event is read and each announcement written, as any script must; `test_bench_hop` holds the statements
    against those of the core.
    """
    read = [DeliveryAssigned.read(event.value) for event in events]
    async with pool.acquire() as conn, conn.transaction():
        await _claim(conn, sorted(events))
        await conn.execute("insert into effect (key) select * from unnest($1::text[])", [event.key for event in events])
        payloads = [sent(event).write() for event in read]
        await _announce(conn, events, payloads)


async def _claim(conn: asyncpg.pool.PoolConnectionProxy, events: Sequence[Plain]) -> None:
    claimed = await conn.fetch(
        """
        insert into stream_position as p (topic, key, version, expected, event_id)
        select n.* from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[])
            as n (topic, key, version, expected, event_id)
        where (n.expected = 0
               or n.expected = (select s.version from stream_position s where s.topic = n.topic and s.key = n.key))
          and not exists (select from stopped_stream t where t.topic = n.topic)
          and not exists (select from settled_event e where e.event_id = any ($6::uuid[]))
        on conflict (topic, key) do update
        set version = excluded.version, expected = excluded.expected, event_id = excluded.event_id
        where p.version = excluded.expected
        returning 1
        """,
        [TOPIC] * len(events),
        [event.key for event in events],
        [event.version for event in events],
        [event.version - 1 for event in events],
        [event.event_id for event in events],
        [event.event_id for event in events],
    )
    assert len(claimed) == len(events)


async def _announce(conn: asyncpg.pool.PoolConnectionProxy, events: Sequence[Plain], payloads: Sequence[bytes]) -> None:
    keys = sorted(event.key for event in events)
    rows = await conn.fetch(
        """
        insert into stream_version as s (topic, key, version)
        select * from unnest($1::text[], $2::text[], $3::bigint[])
        on conflict (topic, key) do update set version = s.version + excluded.version
        returning topic, key, version
        """,
        [MESSAGE.topic] * len(keys),
        keys,
        [1] * len(keys),
    )
    versions = {row[1]: row[2] for row in rows}
    now = datetime.now(UTC)
    await conn.copy_records_to_table(
        "outbox",
        records=[
            (MESSAGE.topic, event.key, versions[event.key], uuid7(), "MessageSent", event.traceparent, payload, now)
            for event, payload in zip(events, payloads, strict=True)
        ],
        columns=OUTBOX_COLUMNS,
    )
