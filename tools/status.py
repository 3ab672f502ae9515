"""`antar status` shows what runs, where, and how far each service is behind: events not read, facts not sent."""

import asyncio
import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import GroupIdNotFound, KafkaError
from rich.console import Console
from rich.table import Table

from shared.kafka import client
from tools.embedded.child import recorded
from tools.embedded.folder import SERVERS, DataFolder
from tools.embedded.ports import HOST
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.service import answers_ready
from tools.errors import PlatformError

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
    found = {name: _process(folder, name, ports) for name in (*SERVERS, *folder.services())}
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
    ready = answers_ready(port) if known and port and name in folder.services() else None
    return PartStatus(running=known is not None, pid=known[0] if known else None, port=port, ready=ready)


async def _measure(folder: DataFolder, parts: Mapping[str, PartStatus]) -> dict[str, PartStatus]:
    lags = (
        await _within_patience(_lags(f"{HOST}:{parts['kafka'].port}", folder.services()))
        if parts["kafka"].running
        else {}
    )
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


async def _lags(bootstrap: str, services: Sequence[str]) -> dict[str, int]:
    admin = AIOKafkaAdminClient(**client(bootstrap))
    try:
        await admin.start()
        consumer = AIOKafkaConsumer(**client(bootstrap), enable_auto_commit=False)
        try:
            await consumer.start()
            lags = {name: await _lag(admin, consumer, name) for name in services}
        finally:
            await consumer.stop()
    finally:
        await admin.close()
    return {name: lag for name, lag in lags.items() if lag is not None}


async def _lag(admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, group: str) -> int | None:
    """Events between where the group is and the end, of the partitions that it reads or has read; None: of none."""
    try:
        committed = await admin.list_consumer_group_offsets(group)
        done: dict[TopicPartition, int] = {where: kept.offset for where, kept in committed.items() if kept.offset >= 0}
        partitions = sorted(done.keys() | await _assigned(admin, group))
    except GroupIdNotFound:
        return None
    if not partitions:
        return None
    ends = await consumer.end_offsets(partitions)
    starts = await consumer.beginning_offsets(partitions)
    return sum(int(end) - max(done.get(where, 0), int(starts[where])) for where, end in ends.items())


async def _assigned(admin: AIOKafkaAdminClient, group: str) -> set[TopicPartition]:
    """What the group's living members read, also where they have not committed anything yet."""
    found: set[TopicPartition] = set()
    for answer in await admin.describe_consumer_groups([group]):
        for member in answer.to_object()["groups"][0]["members"]:
            if member["member_assignment"]:
                assignment = ConsumerProtocolMemberAssignment.decode(member["member_assignment"])
                found.update(assignment.partitions())
    return found


async def _depths(folder: DataFolder, port: int | None) -> dict[str, int]:
    server = EmbeddedPostgres(folder.path / "postgres", port)
    depths = {name: await _depth(server.dsn(name)) for name in folder.services() if server.knows(name)}
    return {name: depth for name, depth in depths.items() if depth is not None}


async def _depth(dsn: str) -> int | None:
    """Rows in the outbox; None when the database cannot be asked, which must not hide the others' numbers."""
    try:
        connection = await asyncpg.connect(dsn, timeout=PATIENCE)
    except (TimeoutError, OSError, asyncpg.PostgresError):
        return None
    try:
        return int(await connection.fetchval("SELECT count(*) FROM outbox"))
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
