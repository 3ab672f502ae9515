"""A miniature reader with an effect table, to try the messaging core without any service."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from shared.events.dispatch import DeliveryAssigned, DeliveryCompleted, Receiver
from shared.events.intake import RECIPIENT, RecipientRegistered
from shared.messaging import Consumer, Received, Transaction
from shared.messaging.poll import Applier
from shared.messaging.transaction import Database
from tests.chaos.proxy import Wire
from tests.harness import Log
from tests.platform import Platform
from tools.embedded.ports import free_port


def assigned(application_id: UUID, badge: str = "TKK-0001") -> DeliveryAssigned:
    """A delivery given to a courier."""
    return DeliveryAssigned(
        application_id=application_id,
        courier_badge=badge,
        kelurahan_code="32.75.01.1001",
        rw="001",
        assigned_at=datetime.now(UTC),
    )


def completed(application_id: UUID) -> DeliveryCompleted:
    """A delivery that came to its end."""
    now = datetime.now(UTC)
    return DeliveryCompleted(
        application_id=application_id,
        receiver=Receiver.APPLICANT,
        courier_badge="TKK-0001",
        completed_at=now,
        reported_at=now,
    )


def recipient(application_id: UUID, name: str) -> RecipientRegistered:
    """The state of a recipient."""
    return RecipientRegistered(
        application_id=application_id,
        household_id=uuid7(),
        office_number="KTP/2026/11/000001",
        tracking_code="BKS-0000-00000",
        full_name=name,
        nik_masked=None,
        phone=None,
        email=None,
        address="JL. CONTOH 1",
        landmark=None,
        kelurahan_code="32.75.01.1001",
        rw="001",
        rt="001",
        registered_at=datetime.now(UTC),
    )


@dataclass
class Reader:
    """The consumer `notify` with handlers that write one row per effect."""

    pool: asyncpg.Pool
    dsn: str
    log: Log = field(default_factory=Log)
    consumer: Consumer = field(default_factory=lambda: Consumer("notify"))
    before_effect: Callable[[Sequence[Received[Any]], Transaction], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        self.consumer.on_many(DeliveryAssigned)(self._effects)
        self.consumer.on_many(DeliveryCompleted)(self._effects)
        self.consumer.on_many(RecipientRegistered)(self._effects)
        self.consumer.on_erased(RECIPIENT)(self._erased)
        self.applier = Applier(self.consumer, Database(self.pool, "dispatch"))

    async def _effects(self, received: Sequence[Received[Any]], tx: Transaction) -> None:
        if self.before_effect:
            await self.before_effect(received, tx)
        await tx.conn.executemany(
            "insert into effect (key, version, what) values ($1, $2, $3)",
            [(r.key, r.version, type(r.event).__name__) for r in received],
        )

    async def _erased(self, keys: Sequence[str], tx: Transaction) -> None:
        await tx.conn.executemany("insert into effect (key, what) values ($1, 'erased')", [(k,) for k in keys])

    async def effects(self) -> list[tuple[str, int]]:
        """(key, version) of each effect in the order they happened."""
        return [(r["key"], r["version"]) for r in await self.pool.fetch("select * from effect order by id")]

    async def versions_of(self, key: UUID) -> list[int]:
        """The versions of one aggregate that took effect, in order."""
        return [version for k, version in await self.effects() if k == str(key)]

    async def parked(self) -> list[tuple[str | None, int | None, str]]:
        """(key, version, code) of what is set aside."""
        rows = await self.pool.fetch("select key, version, code from parked order by key, version")
        return [tuple(r) for r in rows]


@pytest.fixture
async def reader(database: Callable[[str], str]) -> AsyncIterator[Reader]:
    """A reader on a fresh database."""
    dsn = database("core")
    async with asyncpg.create_pool(dsn, min_size=1, max_size=6) as pool:
        await pool.execute(
            "create table effect (id bigint generated always as identity, key text, version bigint, what text)"
        )
        yield Reader(pool, dsn)


@pytest.fixture
async def wire(platform: Platform) -> AsyncIterator[Wire]:
    """Through which a service comes to the database, so that it can be cut or held up."""
    wire = Wire("dispatch to postgres", free_port(), platform.postgres.port)
    await wire.open()
    yield wire
    await wire.close()
