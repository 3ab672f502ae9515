"""Makes a backup while everything goes on."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.events.catalogue import Topic, every_topic
from tools.access.broker import broker
from tools.access.rules import AGENCY
from tools.backup import manifest, settings
from tools.backup.archive import Archive, sealed
from tools.backup.cut import Snapshot, refuse_other_releases
from tools.backup.dumps import dump, release
from tools.backup.entries import Pieces, entry
from tools.backup.log import Log, log
from tools.backup.moment import Moment, moment
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


async def back_up(installation: Installation, file: Path) -> dict[str, Any]:
    """Writes the backup into `file`; returns what was counted.

    Raises:
        PlatformError: something is out of reach, refuses or cannot be written; then there is no file.
    """
    key = recipient(installation.root / FOLDER)
    services = installation.databases.services
    await refuse_other_releases(services, release())
    async with log(installation.kafka) as at_broker, moment(at_broker, services, list(every_topic().values())) as now:
        with sealed(file, key) as archive:
            await _describe(archive, installation, now)
            records = await _topics(archive, at_broker, now)
            sizes = await _databases(archive, installation.databases, now.snapshots)
            counted = {"made_at": now.at.isoformat(), "records": records, "bytes": sizes}
            archive.add(LAST, _json(counted))
    return counted


async def _describe(archive: Archive, installation: Installation, now: Moment) -> None:
    applied = {service: await snapshot.migrations() for service, snapshot in now.snapshots.items()}
    before, after = ({service: its[phase] for service, its in applied.items()} for phase in (0, 1))
    archive.add(manifest.NAME, manifest.made(now.at, before, after).model_dump_json(indent=1).encode())
    for name, content in settings.files(installation.root):
        archive.add(f"{settings.PREFIX}{name}", content)
    parked = {service: await snapshot.parked() for service, snapshot in now.snapshots.items()}
    archive.add("offsets.json", _json({"groups": now.committed, "parked": parked}))
    archive.add("agencies.json", _json(await asyncio.to_thread(_agencies, installation.kafka)))


def _agencies(kafka: str) -> list[list[str]]:
    with broker(kafka) as at:
        return sorted(list(rule) for rule in at.rules() if rule.user.startswith(AGENCY))


async def _topics(archive: Archive, at_broker: Log, now: Moment) -> dict[str, int]:
    # Those that are compacted first: of them alone something may be gone that was there in the cut.
    topics = sorted(every_topic().values(), key=lambda topic: topic.cleanup != "compact")
    return {topic.name: await _topic(archive, at_broker, topic, now) for topic in topics}


async def _topic(archive: Archive, at_broker: Log, topic: Topic, now: Moment) -> int:
    pieces = Pieces()
    async with aclosing(now.sent(at_broker, topic)) as polls:
        async for records in polls:
            for piece in pieces.take(map(entry, records)):
                await asyncio.to_thread(archive.piece, f"topics/{topic.name}", piece, ".jsonl.gz")
    for piece in pieces.rest():
        await asyncio.to_thread(archive.piece, f"topics/{topic.name}", piece, ".jsonl.gz")
    return pieces.count


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
