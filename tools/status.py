"""`antar status` shows what runs, where, and how far each service is behind: events not read, facts not sent."""

import asyncio
import json
from collections.abc import Awaitable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg
import yaml
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from tools.embedded.child import recorded
from tools.embedded.errors import PlatformError
from tools.embedded.folder import DataFolder
from tools.embedded.launcher import SERVICES
from tools.embedded.ports import HOST
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.service import SOURCES, answers_ready

PATIENCE = 10.0  # seconds for a broker or a database that hangs


@dataclass(frozen=True)
class PartStatus:
    """One process. `lag` counts events it has still to read, `outbox` facts it has still to send; None: not known."""

    running: bool
    pid: int | None
    port: int | None
    ready: bool | None = None
    lag: int | None = None
    outbox: int | None = None


def collect(data: Path | None = None) -> dict[str, PartStatus]:
    """The state of each part by name; raises PlatformError when nothing runs on this data folder."""
    folder = DataFolder(data)
    ports = folder.ports()
    found = {name: _process(folder, name, ports) for name in ("kafka", "postgres", *SERVICES)}
    if not any(part.running for part in found.values()):
        raise PlatformError(
            f"Nothing runs on {folder.path}: start it with `antar start`, or name its folder with --data."
        )
    return asyncio.run(_measure(folder, found))


def report(data: Path | None, as_json: bool) -> None:
    """Prints the state for a person, or as JSON for a program."""
    parts = collect(data)
    if as_json:
        print(json.dumps({name: asdict(part) for name, part in parts.items()}, indent=1))
        return
    table = Table("", "process", "port", "state", "events to read", "facts to send")
    for name, part in parts.items():
        state = "stopped" if not part.running else "not ready" if part.ready is False else "running"
        table.add_row(name, _shown(part.pid), _shown(part.port), state, _shown(part.lag), _shown(part.outbox))
    Console().print(table)


def _shown(number: int | None) -> str:
    return "" if number is None else str(number)


def _process(folder: DataFolder, name: str, ports: Mapping[str, int]) -> PartStatus:
    known = recorded(folder.pid_file(name))
    port = ports.get(name)
    ready = answers_ready(port) if known and port and name in SERVICES else None
    return PartStatus(running=known is not None, pid=known[0] if known else None, port=port, ready=ready)


async def _measure(folder: DataFolder, parts: Mapping[str, PartStatus]) -> dict[str, PartStatus]:
    lags = await _within_patience(_lags(f"{HOST}:{parts['kafka'].port}")) if parts["kafka"].running else {}
    depths = await _within_patience(_depths(folder, parts["postgres"].port)) if parts["postgres"].running else {}
    return {
        name: PartStatus(**asdict(part) | {"lag": lags.get(name), "outbox": depths.get(name)})
        for name, part in parts.items()
    }


async def _within_patience(numbers: Awaitable[dict[str, int]]) -> dict[str, int]:
    try:
        return await asyncio.wait_for(numbers, PATIENCE)
    except (TimeoutError, OSError, KafkaError, asyncpg.PostgresError):
        return {}


def heard() -> dict[str, list[str]]:
    """The topics each service reads, from the one list of topics."""
    topics = yaml.safe_load((SOURCES / "shared" / "events" / "topics.yaml").read_text())["topics"]
    return {name: [topic for topic, kept in topics.items() if name in kept.get("readers", ())] for name in SERVICES}


async def _lags(bootstrap: str) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await admin.start()
    try:
        await consumer.start()
        try:
            return {name: await _lag(admin, consumer, name, topics) for name, topics in heard().items()}
        finally:
            await consumer.stop()
    finally:
        await admin.close()


async def _lag(admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, group: str, topics: list[str]) -> int:
    known = {topic: consumer.partitions_for_topic(topic) or () for topic in await consumer.topics() if topic in topics}
    partitions = [TopicPartition(topic, number) for topic, numbers in known.items() for number in numbers]
    ends = await consumer.end_offsets(partitions)
    starts = await consumer.beginning_offsets(partitions)
    try:
        committed = await admin.list_consumer_group_offsets(group)
    except KafkaError:
        committed = {}
    done = {where: kept.offset for where, kept in committed.items() if kept.offset >= 0}
    return sum(end - max(done.get(where, 0), starts[where]) for where, end in ends.items())


async def _depths(folder: DataFolder, port: int | None) -> dict[str, int]:
    server = EmbeddedPostgres(folder.path / "postgres", port)
    return {name: await _depth(server.dsn(name)) for name in SERVICES}


async def _depth(dsn: str) -> int:
    connection = await asyncpg.connect(dsn, timeout=PATIENCE)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM outbox"))
    finally:
        await connection.close()
