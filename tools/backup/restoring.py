"""Puts a backup back onto servers that hold nothing yet."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pyrage.x25519 import Identity

from shared.events.catalogue import every_topic
from shared.migrations import MigrationError, migrate
from tools.access.broker import broker
from tools.access.rules import Rule, readers
from tools.backup import manifest, settings
from tools.backup.backing_up import Installation
from tools.backup.cut import connected, refuse_other_releases
from tools.backup.dumps import put_back, release
from tools.backup.entries import read
from tools.backup.log import Committed, Log, commit, log
from tools.backup.opening import by_folder, opened, whole
from tools.backup.places import Places
from tools.backup.writing import Writer, writer
from tools.deploy.databases import account
from tools.errors import PlatformError

_TRACES: Final = {"audit", "outbox", "stream_version", "stream_position", "parked", "idempotent_request"}
"""Tables of a service in one of which something stands once anybody has done anything."""


@dataclass(frozen=True)
class Restored:
    """What came back, and of when; agencies that need a password, since a broker tells nobody those it had."""

    made_at: str
    records: int
    databases: tuple[str, ...]
    agencies: tuple[str, ...]


async def restore(installation: Installation, file: Path, identity: Identity) -> Restored:
    """Everything that the backup holds; nothing is written before all of it has been looked at.

    Raises:
        PlatformError: it is not whole, of another release or with other secrets than those here, or something is there
            already; or a server refuses half way, then its volumes must be wiped before another try.
    """
    with opened(file, identity) as members:
        found = manifest.first(members)
        settings.refuse_other_secrets(installation.root, members)
    small = whole(file, identity)
    offsets, rules = json.loads(small["offsets.json"]), [Rule(*rule) for rule in json.loads(small["agencies.json"])]
    await _nothing_there(installation, offsets["groups"])
    places = Places(_wanted(offsets))
    records = await _topics(installation, file, identity, places)
    await clear(installation.databases.services)
    databases = _databases(installation, file, identity)
    await move_parked(installation.databases.services, offsets["parked"], places)
    await _groups(installation.kafka, offsets["groups"], places)
    with broker(installation.kafka) as at:
        at.change(rules, [])
    for service, address in installation.databases.services.items():
        _rights(service, address)
    return Restored(found.made_at.isoformat(), records, databases, tuple(sorted({rule.user for rule in rules})))


async def _nothing_there(installation: Installation, groups: Iterable[str]) -> None:
    await refuse_other_releases(installation.databases.services, release())
    await nothing_in(installation.databases.services, installation.databases.others)
    async with log(installation.kafka) as at_broker:
        for at, end in (await at_broker.ends(every_topic().values())).items():
            if end:
                raise _used(f"The topic {at.topic}")
        await nobody_in(at_broker, {*readers(), *groups})


async def nobody_in(at_broker: Log, groups: Iterable[str]) -> None:
    """Whether nobody reads: a group in which somebody does takes no place from us.

    Raises:
        PlatformError: somebody does; names the groups.
    """
    if reading := await at_broker.readers(sorted(groups)):
        raise PlatformError(f"{', '.join(reading)} reads: stop all services and agencies before.")


async def nothing_in(services: Mapping[str, str], others: Iterable[str]) -> None:
    """Whether these databases are unused: those of services have tables at most, others not even those.

    Raises:
        PlatformError: one is not; names it.
    """
    async with AsyncExitStack() as stack:
        for service, address in services.items():
            conn = await connected(stack, service, address)
            there = await conn.fetch("select tablename from pg_tables where schemaname = 'public'")
            for table in {row[0] for row in there} & _TRACES:
                if await conn.fetchval(f"select exists (select from {table})"):  # noqa: S608 - our own names
                    raise _used(f"The database of {service}")
        for address in others:
            name = account(address).database
            conn = await connected(stack, name, address)
            if await conn.fetchval("select exists (select from pg_tables where schemaname = 'public')"):
                raise _used(f"The database {name}")


def _used(what: str) -> PlatformError:
    return PlatformError(
        f"{what} is not empty, and nothing is ever overwritten: restore onto new volumes. `docker compose down`, then "
        "`docker volume rm antar_postgres-data antar_kafka-data` takes away the old ones, for good; on servers of "
        "yours drop databases and topics."
    )


def _wanted(offsets: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    for remembered in offsets.values():
        for places in remembered.values():
            yield from map(tuple, places)


async def _topics(installation: Installation, file: Path, identity: Identity, places: Places) -> int:
    count = 0
    with opened(file, identity) as members:
        async with writer(installation.kafka) as to:
            for folder, pieces in by_folder(members):
                kind, _, topic = folder.partition("/")
                if kind == "topics":
                    for piece in pieces:
                        count += await _piece(to, topic, piece, places)
                    await to.flush()  # or each partition of each topic would keep a batch in memory
                elif kind == "databases":
                    break
    return count


async def _piece(to: Writer, topic: str, piece: bytes, places: Places) -> int:
    entries = list(read(piece))
    await to.put(topic, entries)
    for entry in entries:
        places.put_back(topic, entry.partition, entry.offset)
    return len(entries)


def _databases(installation: Installation, file: Path, identity: Identity) -> tuple[str, ...]:
    addresses = {account(one).database: one for one in installation.databases.others} | installation.databases.services
    done = []
    with opened(file, identity) as members:
        for folder, pieces in by_folder(members):
            kind, _, name = folder.partition("/")
            if kind == "databases":
                put_back(addresses[name], pieces)
                done.append(name)
    return tuple(done)


async def clear(databases: Mapping[str, str]) -> None:
    """Takes away the tables that a new database got: the backup's may have had less done to them, or something else.

    What it has not, too, would stay and stand in the way of the migration that is to make it.
    """
    async with AsyncExitStack() as stack:
        for service, address in databases.items():
            conn = await connected(stack, service, address)
            await conn.execute("drop schema public cascade; create schema public")


async def move_parked(databases: Mapping[str, str], parked: Mapping[str, list[list[Any]]], places: Places) -> None:
    """What is set aside is known by its place, and a refused record at the place of another would be lost.

    One whose record is not on the log any more gets a place below 0, where none ever comes.
    """
    async with AsyncExitStack() as stack:
        for service, its in parked.items():
            conn = await connected(stack, service, databases[service])
            moves = [(at, places.now(*at)) for at in map(tuple, its)]
            # In the order of their offsets, which only become smaller: so none comes upon one that has not moved yet.
            await conn.executemany(
                "update parked set record_offset = $4 where topic = $1 and partition = $2 and record_offset = $3",
                [(*at, now.offset if now.there else -1 - at[2]) for at, now in moves],
            )


async def _groups(kafka: str, groups: Committed, places: Places) -> None:
    try:
        for group, its in groups.items():
            await commit(kafka, group, {TopicPartition(t, p): places.now(t, p, offset).offset for t, p, offset in its})
    except (KafkaError, OSError, TimeoutError) as failure:
        raise PlatformError(f"The broker did not take how far a group had read ({type(failure).__name__}).") from None


def _rights(service: str, address: str) -> None:
    try:
        migrate(address, service)
    except MigrationError as failure:
        raise PlatformError(f"The running role of {service} did not get its rights: {failure}") from None
