"""A service under test: its real consumer path, HTTP and workers on a real database, without a broker in between."""

import importlib
import itertools
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, overload

import asyncpg
import httpx2
from uuid_utils.compat import uuid7

from shared.events import cloudevents
from shared.events.base import Event, Stream
from shared.events.partitions import partition_of
from shared.events.streams import streams
from shared.messaging.poll import Applier
from shared.messaging.transaction import Database
from shared.packages import package_of
from shared.people import Person
from shared.service import Parts, application
from tests import people

E = TypeVar("E", bound=Event)

STREAMS = tuple(streams().values())
TYPES = {(s.topic, name): type_ for s in STREAMS for name, type_ in s.types.items()}


@dataclass(frozen=True)
class Logged:
    """A log entry as a reader gets it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class Log:
    """Writes events down as the owners' relays would: numbered per aggregate, with all headers."""

    def __init__(self) -> None:
        self._versions: Counter[tuple[str, str]] = Counter()
        self._offsets = itertools.count()

    def record(self, event: Event, version: int | None = None) -> Logged:
        """The event as a log entry; its version is the aggregate's next unless given."""
        return self._logged(event.stream, event.key, type(event).__name__, event.write(), version)

    def again(self, record: Logged) -> Logged:
        """The same event in a further entry of the log."""
        return replace(record, offset=next(self._offsets))

    def tombstone(self, stream: Stream, key: str) -> Logged:
        """The entry that erases a state."""
        return self._logged(stream, key, "Erased", None, None)

    def _logged(self, stream: Stream, key: str, type_: str, value: bytes | None, version: int | None) -> Logged:
        aggregate = (stream.topic, key)
        self._versions[aggregate] = version or self._versions[aggregate] + 1
        owner = stream.declaration.owner
        number = self._versions[aggregate]
        now = datetime.now(UTC).isoformat()
        headers = cloudevents.headers(owner, stream.topic, key.encode(), number, str(uuid7()), type_, now, None)
        partition = partition_of(key.encode(), stream.declaration.partitions)
        return Logged(stream.topic, partition, next(self._offsets), key.encode(), value, headers)


class ServiceUnderTest:
    """One service with a database of its own."""

    def __init__(self, parts: Parts, pool: asyncpg.Pool) -> None:
        self.parts = parts
        self.pool = pool
        self.db = Database(pool, parts.name)
        self.log = Log()
        self.applier = Applier(parts.consumer, self.db)
        self.app = application(parts, self.db, self._ready, people.provider())
        self.http = self.as_(people.EVERYBODY)

    def as_(self, person: Person | None, **headers: str) -> httpx2.AsyncClient:
        """A client on its routes, as this person's machine; None: as nobody."""
        transport = httpx2.ASGITransport(app=self.app)
        known = people.bearer(person) if person is not None else {}
        return httpx2.AsyncClient(transport=transport, base_url="http://antar.test", headers=known | headers)

    def browser(self, person: Person | None, *, used_seconds_ago: float = 0) -> httpx2.AsyncClient:
        """A browser on its pages, signed in as this person (None: not); it shows where it is sent and does not go."""
        transport = httpx2.ASGITransport(app=self.app)
        cookies = people.session_cookie(person, used_seconds_ago=used_seconds_ago) if person is not None else {}
        headers = {"Accept": "text/html,application/xhtml+xml"}
        return httpx2.AsyncClient(transport=transport, base_url="http://antar.test", headers=headers, cookies=cookies)

    async def _ready(self) -> dict[str, bool]:
        return {"database": True}

    async def hears(self, *events: Event, version: int | None = None) -> list[Logged]:
        """The events arrive in one poll, in this order; returns their log entries, to be replayed with `replays`.

        `version` is that of the first; without it, the next of its aggregate.
        """
        records = [self.log.record(event, None if n else version) for n, event in enumerate(events)]
        return await self._reads([records])

    async def hears_one_by_one(self, *events: Event) -> list[Logged]:
        """The events arrive in this order, each in a poll of its own."""
        return await self._reads([[self.log.record(event)] for event in events])

    async def hears_twice(self, *events: Event) -> list[Logged]:
        """Each event is on the log twice, as after an acknowledgement that was lost; all in one poll."""
        once = [self.log.record(event) for event in events]
        return await self._reads([[entry for record in once for entry in (record, self.log.again(record))]])

    async def hears_in_reverse(self, *events: Event) -> list[Logged]:
        """The events happened in this order and arrive in the opposite one, each in a poll of its own."""
        return await self._reads([[record] for record in reversed([self.log.record(event) for event in events])])

    def misses(self, *events: Event) -> list[Logged]:
        """The events happened and have not arrived; they do with `hears_late`."""
        return [self.log.record(event) for event in events]

    async def hears_late(self, records: Sequence[Logged]) -> None:
        """What was missed arrives."""
        await self._reads([records])

    async def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query finds in the service's database."""
        return [tuple(row) for row in await self.pool.fetch(query, *values)]

    async def replays(self, records: Sequence[Logged]) -> None:
        """The same log entries arrive once more."""
        await self.applier.apply(records)

    async def hears_erased(self, stream: Stream, key: str) -> None:
        """The state of `key` is erased."""
        await self.applier.apply([self.log.tombstone(stream, key)])

    @overload
    async def said(self) -> list[Event]: ...
    @overload
    async def said(self, type_: type[E]) -> list[E]: ...
    async def said(self, type_: type[Event] | None = None) -> list[Any]:
        """What the service announced so far, in order; of one type when given. Copies of what it parked are left out."""
        rows = await self.pool.fetch("select topic, type, payload from outbox where payload is not null order by id")
        said = [(TYPES.get((r["topic"], r["type"])), r["payload"]) for r in rows]
        events = [known.read(payload) for known, payload in said if known is not None]
        return [e for e in events if type_ is None or isinstance(e, type_)]

    async def works(self) -> None:
        """The service's workers do what there is to do."""
        more = True
        while more:
            more = False
            for worker in self.parts.workers:
                more |= await worker.step(self.db)

    async def parked(self) -> list[asyncpg.Record]:
        """What could not be applied."""
        rows: list[asyncpg.Record] = await self.pool.fetch("select * from parked order by topic, key, version")
        return rows

    async def _reads(self, polls: Sequence[Sequence[Logged]]) -> list[Logged]:
        for records in polls:
            await self.applier.apply(records)
        await self.applier.drain()
        return [record for records in polls for record in records]

    async def close(self) -> None:
        """Close client and pool."""
        await self.http.aclose()
        await self.pool.close()


def build(name: str, dsn: str, **settings: Any) -> Parts:
    """The service as its app.py puts it together, for the database at `dsn`."""
    module = importlib.import_module(f"{package_of(name)}.app")
    parts: Parts = module.build(_settings(name, dsn, settings))
    return parts


def _settings(name: str, dsn: str, more: dict[str, Any]) -> Any:
    module = importlib.import_module(f"{package_of(name)}.settings")
    common: dict[str, Any] = {"database_url": dsn, "kafka": "127.0.0.1:1", "http_port": 1}
    common |= {"session_key": people.SESSION_KEY, "oidc_issuer": people.ISSUER}
    common["data_dir"] = Path(tempfile.gettempdir()) / "antar-tests-data"
    if "secret_key" in module.Settings.model_fields:
        common["secret_key"] = people.SECRET_KEY
    return module.Settings(**{**common, **more})
