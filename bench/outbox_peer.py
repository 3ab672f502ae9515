"""The other side of `relay / faststream-outbox`, in a process and an environment of its own.

Each line on standard input, JSON with `events`, `payload` and `headers`, asks it to fill its outbox with so many rows
and to relay them to Kafka. It answers with a line of JSON: the `seconds` that the relaying took, and its `settings`.
Before the first answer it tries which of its settings serves it best on this machine.
"""

import asyncio
import itertools
import json
import sys
import time
import uuid
from typing import Any, NamedTuple

import uvloop
from faststream.kafka import KafkaBroker
from faststream.kafka.response import KafkaResponse
from faststream_outbox import OutboxBroker, make_outbox_table
from faststream_outbox.autovacuum import outbox_autovacuum_ddl
from sqlalchemy import MetaData, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

QUEUE = "relay"
TRIED = 2000
BATCH_BYTES = 1 << 20


class Asked(NamedTuple):
    """So many rows, all with this payload and these headers, each with a key of its own."""

    events: int
    payload: str
    headers: dict[str, str]


class Settings(NamedTuple):
    """Its documentation names these three as what throughput depends on."""

    max_workers: int
    fetch_batch_size: int
    terminal_flush_batch_size: int


CANDIDATES = [Settings(w, f, 100) for w, f in itertools.product((1, 32, 96, 160), (200, 1000))]


class Peer:
    """faststream-outbox as its documentation has a relay to Kafka, without loggers and without needless decoding."""

    def __init__(self, engine: AsyncEngine, bootstrap: str, topic: str) -> None:
        self._engine = engine
        self._metadata = MetaData()
        self._table = make_outbox_table(self._metadata, table_name="peer_outbox")
        # Acknowledged by the log before a row is deleted, as ours is; without that it would be no outbox.
        self._kafka = KafkaBroker(
            bootstrap, acks="all", enable_idempotence=True, linger_ms=0, max_batch_size=BATCH_BYTES, logger=None
        )

        self._publisher = self._kafka.publisher(topic)

    async def start(self) -> None:
        """Make its table, with the vacuum settings that it recommends, and connect."""
        async with self._engine.begin() as conn:
            await conn.run_sync(self._metadata.create_all)
            await conn.execute(text(outbox_autovacuum_ddl(self._table.name, vacuum_cost_delay=0)))
        await self._kafka.start()

    async def stop(self) -> None:
        """Leave."""
        await self._kafka.stop()
        await self._engine.dispose()

    async def relay(self, asked: Asked, settings: Settings) -> float:
        """Seconds from the start of the subscriber until the last row was acknowledged by the log and deleted."""
        await self._fill(asked)
        gone, left = asyncio.Event(), asked.events

        def count(event: str, _: Any) -> None:
            nonlocal left
            left -= event == "acked"
            if not left:
                gone.set()

        broker = OutboxBroker(
            self._engine, outbox_table=self._table, logger=None, apply_types=False, metrics_recorder=count
        )
        subscriber = broker.subscriber(
            QUEUE, **settings._asdict(), min_fetch_interval=0.001, max_fetch_interval=0.001, decoder=_undecoded
        )
        self._publisher(subscriber(_forward))
        began = time.perf_counter()
        await broker.start()
        async with asyncio.timeout(300):
            await gone.wait()
        seconds = time.perf_counter() - began
        await broker.stop()
        return seconds

    async def _fill(self, asked: Asked) -> None:
        rows = [
            {"queue": QUEUE, "payload": asked.payload.encode(), "headers": asked.headers | {"key": str(uuid.uuid4())}}
            for _ in range(asked.events)
        ]
        async with self._engine.begin() as conn:
            await conn.execute(text(f"truncate {self._table.name}"))
            await conn.execute(insert(self._table), rows)
            await conn.execute(text(f"analyze {self._table.name}"))

    async def best(self, asked: Asked) -> Settings:
        """The settings by which it is fastest here."""
        few = asked._replace(events=min(TRIED, asked.events))
        seconds = {settings: await self.relay(few, settings) for settings in CANDIDATES}
        return min(seconds, key=seconds.__getitem__)


async def _undecoded(message: Any) -> Any:
    return message


async def _forward(message: Any) -> KafkaResponse:
    headers = dict(message.headers)
    return KafkaResponse(message.body, key=headers.pop("key").encode(), headers=headers)


async def main(dsn: str, bootstrap: str, topic: str) -> None:
    """Answer until standard input ends."""
    most = max(settings.max_workers for settings in CANDIDATES)
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"), pool_size=most + 2)
    peer = Peer(engine, bootstrap, topic)
    await peer.start()
    best: Settings | None = None
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = Asked(**json.loads(line))
        best = best or await peer.best(asked)
        print(json.dumps({"seconds": await peer.relay(asked, best), "settings": best._asdict()}), flush=True)
    await peer.stop()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
