"""Makes a backup while everything goes on."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.events.catalogue import Topic, every_topic
from tools.access.broker import broker
from tools.access.rules import AGENCY
from tools.backup import manifest, settings
from tools.backup.archive import Archive, sealed
from tools.backup.cut import Aggregate, Snapshot, cut
from tools.backup.dumps import dump
from tools.backup.entries import Pieces, entry
from tools.backup.log import Committed, Ends, Log, log
from tools.backup.opening import LAST
from tools.deploy.backup_keys import recipient
from tools.deploy.databases import Addresses, account
from tools.deploy.secret_files import FOLDER


@dataclass(frozen=True)
class Installation:
    """Whose backup it is: the folder of its files, its databases, the broker as its administrator comes to it."""

    root: Path
    databases: Addresses
    kafka: str


@dataclass(frozen=True)
class Cut:
    """All that is of one moment."""

    at: datetime
    snapshots: Mapping[str, Snapshot]
    committed: Committed
    certain: Ends
    ends: Ends


async def back_up(installation: Installation, file: Path) -> dict[str, Any]:
    """Writes the backup into `file`; returns what was counted.

    Raises:
        PlatformError: something is out of reach, refuses or cannot be written; then there is no file.
    """
    key = recipient(installation.root / FOLDER)
    services = installation.databases.services
    async with log(installation.kafka) as at_broker:
        # In this order: a group has committed what it has applied; what stands on the log was said.
        committed = await at_broker.committed()
        certain = await at_broker.ends(every_topic().values())
        async with cut(services) as snapshots:
            moment = Cut(datetime.now(UTC), snapshots, committed, certain, await at_broker.ends(every_topic().values()))
            with sealed(file, key) as archive:
                await _describe(archive, installation, moment)
                records = await _topics(archive, at_broker, moment)
                sizes = await _databases(archive, installation.databases, snapshots)
                counted = {"made_at": moment.at.isoformat(), "records": records, "bytes": sizes}
                archive.add(LAST, _json(counted))
    return counted


async def _describe(archive: Archive, installation: Installation, moment: Cut) -> None:
    applied = {service: await snapshot.migrations() for service, snapshot in moment.snapshots.items()}
    archive.add(manifest.NAME, manifest.made(moment.at, applied).model_dump_json(indent=1).encode())
    for name, content in settings.files(installation.root):
        archive.add(f"{settings.PREFIX}{name}", content)
    parked = {service: await snapshot.parked() for service, snapshot in moment.snapshots.items()}
    archive.add("offsets.json", _json({"groups": moment.committed, "parked": parked}))
    archive.add("agencies.json", _json(await asyncio.to_thread(_agencies, installation.kafka)))


def _agencies(kafka: str) -> list[list[str]]:
    with broker(kafka) as at:
        return sorted(list(rule) for rule in at.rules() if rule.user.startswith(AGENCY))


async def _topics(archive: Archive, at_broker: Log, moment: Cut) -> dict[str, int]:
    # Those that are compacted first: of them alone something may be gone that was there in the cut.
    topics = sorted(every_topic().values(), key=lambda topic: topic.cleanup != "compact")
    return {topic.name: await _topic(archive, at_broker, topic, moment) for topic in topics}


async def _topic(archive: Archive, at_broker: Log, topic: Topic, moment: Cut) -> int:
    pieces = Pieces()
    writer = moment.snapshots.get(topic.owner)
    # Whoever has no database here has no part in the cut: all that it sent counts.
    certain, said = (moment.certain, writer.said) if writer else (moment.ends, _unknown)
    async with aclosing(at_broker.records(topic, certain, moment.ends, said)) as polls:
        async for records in polls:
            for piece in pieces.take(map(entry, records)):
                await asyncio.to_thread(archive.piece, f"topics/{topic.name}", piece, ".jsonl.gz")
    for piece in pieces.rest():
        await asyncio.to_thread(archive.piece, f"topics/{topic.name}", piece, ".jsonl.gz")
    return pieces.count


async def _unknown(_aggregates: Iterable[Aggregate]) -> dict[Aggregate, int]:
    raise AssertionError("nothing is in doubt up to the end")


async def _databases(archive: Archive, addresses: Addresses, snapshots: Mapping[str, Snapshot]) -> dict[str, int]:
    sizes = {}
    for service, snapshot in snapshots.items():
        pieces = dump(addresses.services[service], snapshot.name)
        sizes[service] = await asyncio.to_thread(archive.pour, f"databases/{service}", pieces)
        await snapshot.close()
    for address in addresses.others:
        name = account(address).database
        sizes[name] = await asyncio.to_thread(archive.pour, f"databases/{name}", dump(address))
    return sizes


def _json(what: object) -> bytes:
    return json.dumps(what, indent=1).encode()
