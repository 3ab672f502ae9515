"""Asks the databases and the broker about one application; each that is down is left out and named."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.events.catalogue import topics
from shared.events.partitions import partition_of
from shared.kafka import client
from shared.reach import committed_by
from tools.deployment import Deployment, ask
from tools.moments import utc_now
from tools.parked import showing, store
from tools.parked.choice import Choice
from tools.parked.retrying import runs
from tools.why.findings import Findings, Outbox, Part, Standing

if TYPE_CHECKING:
    import asyncpg

PATIENCE = 6.0  # seconds for the broker

Lags = Mapping[str, Mapping[str, int]]


async def collect(deployment: Deployment, key: str, where: str = "") -> Findings:
    """Everything about the application with this id."""

    async def question(service: str, conn: "asyncpg.Connection") -> Part:
        return await _part(conn, service, key)

    (parts, silent), (lags, broker_silent) = await asyncio.gather(
        ask(deployment.databases, question), _lags(deployment.kafka, list(deployment.databases), key)
    )
    return Findings(key, utc_now(), parts, silent, lags, broker_silent, deployment.kafka is not None, where)


async def _part(conn: "asyncpg.Connection", service: str, key: str) -> Part:
    names = list(topics())
    said = await conn.fetch("select topic, version from stream_version where topic = any ($1) and key = $2", names, key)
    applied = await conn.fetch(
        "select topic, version from stream_position where topic = any ($1) and key = $2", names, key
    )
    unsent = await conn.fetch(
        "select topic, min(version) from outbox where topic = any ($1) and key = $2 group by topic", names, key
    )
    return Part(
        await _standing(conn, key),
        [showing.record(service, row) for row in await store.rows(conn, Choice(key=key), None)],
        dict(map(tuple, said)),
        dict(map(tuple, unsent)),
        dict(map(tuple, applied)),
        dict(map(tuple, await conn.fetch("select topic, at from stopped_stream"))),
        Outbox(
            int(await conn.fetchval("select count(*) from outbox")),
            await conn.fetchval("select min(created_at) from outbox"),
        ),
        await runs(conn, service),
    )


async def _standing(conn: "asyncpg.Connection", key: str) -> Standing | None:
    if await conn.fetchval("select to_regclass('why') is null"):
        return None  # a service without that view is shown without that part
    row = await conn.fetchrow("select state, since, waits_for, details from why where key = $1", key)
    return None if row is None else Standing(row[0], row[1], row[2], json.loads(row[3]))


async def _lags(bootstrap: str | None, groups: Sequence[str], key: str) -> tuple[Lags | None, str | None]:
    if bootstrap is None:
        return None, "The broker was not asked (--kafka HOST:PORT names it)."
    try:
        async with asyncio.timeout(PATIENCE):
            return await _measured(bootstrap, groups, key), None
    except (KafkaError, OSError, TimeoutError):
        return None, f"The broker at {bootstrap} does not answer."


async def _measured(bootstrap: str, groups: Sequence[str], key: str) -> Lags:
    admin = AIOKafkaAdminClient(**client(bootstrap))
    consumer = AIOKafkaConsumer(**client(bootstrap), enable_auto_commit=False)
    try:
        await admin.start()
        await consumer.start()
        there = set(await admin.list_topics())
        where = {
            name: TopicPartition(name, partition_of(key.encode(), topic.partitions))
            for name, topic in topics().items()
            if name in there
        }
        ends = await consumer.end_offsets(list(where.values()))
        starts = await consumer.beginning_offsets(list(where.values()))
        committed = dict(zip(groups, await asyncio.gather(*(committed_by(admin, g) for g in groups)), strict=True))
        lags = {}
        for group in groups:
            done = committed[group]
            lags[group] = {
                name: int(ends[at]) - max(done.get(at, 0), int(starts[at]))
                for name, at in where.items()
                if group in topics()[name].readers
            }
        return lags
    finally:
        await consumer.stop()
        await admin.close()
