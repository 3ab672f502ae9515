"""The collector finds in real databases and on a real log what relay and applier left there."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from shared import topics
from shared.events.base import Event
from shared.events.intake import ApplicationCancelled, ApplicationRecorded, RecipientRegistered
from shared.lock import SoleHolder
from shared.messaging.poll import Applier
from shared.messaging.relay import Relay
from shared.messaging.transaction import Database
from tests.chaos.case import SERVICES
from tests.chaos.checker import check
from tests.chaos.collect import Platform, collect
from tests.chaos.evidence import Finding, Injected, Parked, Place, Run
from tests.chaos.small_city import APPLICATION, NIK, RECIPIENT, of
from tests.harness import Log, build
from tests.platform import Platform as Servers


class Two:
    """Intake, which announces, and notify, which hears."""

    def __init__(self, bootstrap: str, dsns: Mapping[str, str], pools: Mapping[str, asyncpg.Pool]) -> None:
        self.bootstrap = bootstrap
        self.dsns = dsns
        self._pools = pools
        self._applier = Applier(build("notify", dsns["notify"]).consumer, Database(pools["notify"], "notify"))

    async def announce(self, *events: Event) -> None:
        async with Database(self._pools["intake"], "intake").transaction() as tx:
            tx.announce(*events)

    async def relay(self) -> None:
        dsn = self.dsns["intake"]
        relay = Relay(self._pools["intake"], self.bootstrap, "intake", SoleHolder(dsn, "intake-relay"))
        await relay.drain()
        await relay.close()

    async def hear(self, *keys: str) -> None:
        """Notify reads all there is of these keys."""
        wanted = {key.encode() for key in keys}
        async with AIOKafkaConsumer(
            APPLICATION, RECIPIENT, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest"
        ) as consumer:
            ends = await consumer.end_offsets(consumer.assignment())
            left, found = {tp for tp, end in ends.items() if end}, list[ConsumerRecord[Any, Any]]()
            while left:
                for records in (await consumer.getmany(*left, timeout_ms=500)).values():
                    found += [record for record in records if record.key in wanted]
                left = {tp for tp in left if await consumer.position(tp) < ends[tp]}
        await self._applier.apply(found)


@pytest.fixture
async def two(platform: Servers, database: Callable[[str], str]) -> AsyncIterator[Two]:
    """Two services on fresh databases and on the log of all tests."""
    await topics.apply(platform.bootstrap)
    dsns = {name: database(name) for name in ("intake", "notify")}
    async with AsyncExitStack() as stack:
        pools = {n: await stack.enter_async_context(asyncpg.create_pool(d, min_size=1)) for n, d in dsns.items()}
        yield Two(platform.bootstrap, dsns, pools)


async def poisoned(bootstrap: str, key: str) -> Injected:
    """An event with a broken body, put on the log by the run itself."""
    record = Log().record(of(ApplicationRecorded, key))
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        written = await producer.send_and_wait(
            APPLICATION, b"{", record.key, record.partition, headers=list(record.headers)
        )
    return Injected(Place(APPLICATION, written.partition, written.offset), frozenset({"notify"}))


async def test_what_relay_and_applier_left_is_collected_and_found_good(two: Two, tmp_path: Path) -> None:
    true, poison = str(uuid4()), str(uuid4())
    await two.announce(of(ApplicationRecorded, true), of(RecipientRegistered, true, full_name=f"WARGA {NIK}"))
    await two.relay()
    injected = await poisoned(two.bootstrap, poison)
    await two.hear(true, poison)
    await two.announce(of(ApplicationCancelled, true))
    (tmp_path / "intake").write_text(f"all is well\nnobody is {NIK}\n")

    logs, texts = [tmp_path / "intake"], {"metrics of notify": "nothing 1"}
    run = Run(injected=[injected], canaries=[NIK])
    evidence = await collect(Platform(two.dsns, two.bootstrap, logs, texts), run)

    on_the_log = sorted((e.topic, e.version, e.type) for e in evidence.log if e.key == true.encode())
    assert on_the_log == [(APPLICATION, 1, "ApplicationRecorded"), (RECIPIENT, 1, "RecipientRegistered")]
    intake, notify = (evidence.services[name] for name in ("intake", "notify"))
    assert intake.said == {APPLICATION: {true: 2}, RECIPIENT: {true: 1}}
    assert intake.unsent == {(APPLICATION, true, 2)}
    assert notify.heard == {APPLICATION: {true: 1}, RECIPIENT: {true: 1}}
    assert notify.parked == [Parked(injected.place, poison, 1, "bad-data")]
    assert notify.said == {f"{APPLICATION}.notify.parked": {poison: 1}}
    assert evidence.search is not None
    assert evidence.search.recognised > 0
    assert Finding("log intake", 0) in evidence.search.findings
    assert evidence.search.places["metrics of notify"] == len("nothing 1")
    ours = [violation for violation in check(evidence) if violation.key in (true, poison)]
    assert ours == []


async def test_with_all_four_services_the_books_of_the_city_are_read(
    platform: Servers, database: Callable[[str], str]
) -> None:
    await topics.apply(platform.bootstrap)
    dsns = {name: database(name) for name in SERVICES}
    connection = await asyncpg.connect(dsns["notify"])
    await connection.execute(
        "insert into message (application_id, milestone, ordinal, state, next_at, raised_at)"
        " values ($1, 'RECEIVED', 1, 'SENT', now(), now())",
        application := uuid4(),
    )
    await connection.close()
    city = (await collect(Platform(dsns, platform.bootstrap), Run())).city
    assert city is not None
    assert city.told == {"RECEIVED": {str(application): 1}}
    assert city.books.taken == frozenset()
    assert (list(city.used), list(city.pressed), dict(city.live)) == ([], [], {})
