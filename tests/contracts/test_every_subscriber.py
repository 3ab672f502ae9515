"""What must hold for every handler of every service, whoever writes it."""

import ast
import importlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from uuid_utils.compat import uuid7

from shared.events.base import Event
from shared.events.catalogue import topics
from shared.messaging import Transaction, subscription
from shared.messaging.consumer import ERASED, Consumer
from shared.messaging.subscription import Subscription
from shared.packages import ROOT, known, package_of
from tests.conftest import Harness
from tests.contracts.examples import example
from tests.harness import TYPES, Logged, ServiceUnderTest

SERVICES = known()


def consumer_of(service: str) -> Consumer:
    consumer: Consumer = importlib.import_module(f"{package_of(service)}.handlers").consumer
    return consumer


HEARD = [
    pytest.param(service, TYPES[topic, name], id=f"{service}-{name}")
    for service in SERVICES
    for topic, name in sorted(consumer_of(service).handlers)
    if name != ERASED
]


async def state(service: ServiceUnderTest) -> dict[str, Any]:
    """Every row of every table but the bookkeeping of the log itself, to compare before and after."""
    tables = await service.pool.fetch(
        "select relname from pg_stat_user_tables where relname not in ('schema_migrations') order by relname"
    )
    return {
        t["relname"]: sorted(str(r) for r in await service.pool.fetch(f'select * from "{t["relname"]}"'))
        for t in tables
    }


@pytest.mark.parametrize("service", SERVICES)
async def test_each_heard_type_is_applied_alone_on_an_empty_database_and_nothing_is_parked(
    harness: Harness, service: str
) -> None:
    # Facts of different topics come in any order, so each must cope with being the first.
    under_test = await harness(service)
    for param in (p for p in HEARD if p.values[0] == service):
        await _alone(under_test, param.values[1])
    assert await under_test.parked() == []


async def _alone(under_test: ServiceUnderTest, type_: type[Event]) -> None:
    await under_test.applier.apply([under_test.log.record(example(type_, uuid7()))])


@pytest.mark.parametrize("service", SERVICES)
async def test_a_replay_of_everything_heard_changes_no_row(harness: Harness, service: str) -> None:
    under_test = await harness(service)
    records = await under_test.hears(*everything_heard(service))
    await under_test.works()
    before = await state(under_test)
    await under_test.replays(records)
    await under_test.replays(records[::-1])
    await under_test.works()
    assert await state(under_test) == before


def everything_heard(service: str) -> list[Event]:
    application_id = uuid7()
    return [example(param.values[1], application_id) for param in HEARD if param.values[0] == service]


@pytest.mark.parametrize("service", SERVICES)
async def test_an_event_that_is_on_the_log_twice_takes_effect_once(harness: Harness, service: str) -> None:
    once, twice, events = await harness(service), await harness(service), everything_heard(service)
    await once.hears(*events)
    await twice.hears_twice(*events)
    for under_test in (once, twice):
        await under_test.works()
    assert {name: len(rows) for name, rows in (await state(twice)).items()} == {
        name: len(rows) for name, rows in (await state(once)).items()
    }


ARRIVALS: dict[str, Callable[[ServiceUnderTest, list[Event]], Awaitable[object]]] = {
    "as they happened": lambda service, events: service.hears(*events),
    "one by one": lambda service, events: service.hears_one_by_one(*events),
    "the last first": lambda service, events: service.hears_in_reverse(*events),
    "topic after topic": lambda service, events: service.hears(*sorted(events, key=topic_of)),
    "topic after topic, backwards": lambda service, events: service.hears(*sorted(events, key=topic_of, reverse=True)),
}


def topic_of(event: Event) -> str:
    return event.stream.topic


@pytest.mark.parametrize("service", SERVICES)
async def test_however_late_or_mixed_the_events_arrive_the_service_says_the_same_and_sets_nothing_aside(
    harness: Harness, service: str
) -> None:
    events, said = everything_heard(service), {}
    for name, arrive in ARRIVALS.items():
        under_test = await harness(service)
        await arrive(under_test, events)
        await under_test.works()
        assert await under_test.parked() == [], name
        said[name] = Counter(type(event).__name__ for event in await under_test.said())
    assert said == dict.fromkeys(said, said["as they happened"])


@pytest.mark.parametrize("service", SERVICES)
async def test_fields_and_codes_of_a_later_release_stop_nothing(harness: Harness, service: str) -> None:
    under_test = await harness(service)
    for param in (p for p in HEARD if p.values[0] == service):
        for later in _of_a_later_release(under_test.log.record(example(param.values[1], uuid7())), param.values[1]):
            await under_test.applier.apply([later])
    assert await under_test.parked() == []


def _of_a_later_release(record: Logged, type_: type[Event]) -> list[Logged]:
    data = json.loads(record.value or b"")
    later = [replace(record, value=json.dumps({**data, "added_in_v9": {"deep": [1]}}).encode())]
    for name in data:
        newer = {**data, name: ["CODE_OF_V9"] if isinstance(data[name], list) else "CODE_OF_V9"}
        if not _is_code_list(type_, name):
            continue
        key = str(uuid7())
        newer = json.loads(json.dumps(newer).replace(data["application_id"], key))
        later.append(_for_key(replace(record, value=json.dumps(newer).encode()), key))
    return later


def _is_code_list(type_: type[Event], name: str) -> bool:
    schema = type_.model_json_schema()["properties"].get(name, {})
    return "$ref" in str(schema)


def _for_key(record: Logged, key: str) -> Logged:
    headers = [(n, key.encode() if n == "ce_subject" else v) for n, v in record.headers]
    return replace(record, key=key.encode(), headers=headers)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_type_of_a_later_release_is_passed_over_and_what_follows_is_heard(
    harness: Harness, service: str
) -> None:
    under_test, application_id = await harness(service), uuid7()
    type_ = next(p.values[1] for p in HEARD if p.values[0] == service)
    unknown = under_test.log.record(example(type_, application_id))
    unknown = replace(unknown, headers=[(n, b"InventedInV9" if n == "ce_type" else v) for n, v in unknown.headers])
    await under_test.applier.apply([unknown, under_test.log.record(example(type_, application_id))])
    assert await under_test.parked() == []
    position = await under_test.pool.fetchval(
        "select max(version) from stream_position where topic = $1", unknown.topic
    )
    assert position == 2


@pytest.mark.parametrize("service", SERVICES)
def test_topics_yaml_names_as_readers_exactly_those_that_hear_a_topic(service: str) -> None:
    assert consumer_of(service).topics == sorted(name for name, topic in topics().items() if service in topic.readers)


@pytest.mark.parametrize("service", SERVICES)
async def test_offsets_are_committed_by_us_alone_and_records_come_as_they_are(harness: Harness, service: str) -> None:
    # FastStream's defaults commit before or in spite of a failure, and drop a whole poll for one odd header.
    broker = KafkaBroker("127.0.0.1:1", apply_types=False, logger=None)
    Subscription(broker, consumer_of(service), (await harness(service)).applier, max_records=10)
    (subscriber,) = broker.subscribers
    assert subscriber.ack_policy is AckPolicy.MANUAL
    assert subscriber._connection_args["enable_auto_commit"] is False
    reads_with = subscriber._call_options
    assert (reads_with.parser, reads_with.decoder) == (subscription._parse, subscription._decode)


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_subscribes_or_commits_by_itself(service: str) -> None:
    # What the test above holds is held for the one subscription of the core; a second would have FastStream's defaults.
    for path in (ROOT / package_of(service).replace(".", "/")).rglob("*.py"):
        assert not {"faststream", "aiokafka"} & imported(path), path


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    named = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    named += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in named}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_poll_that_is_lost_before_its_commit_changes_nothing_and_comes_again(
    harness: Harness, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_test = await harness(service)
    records, before = under_test.misses(*everything_heard(service)), await state(under_test)

    async def connection_is_lost(_: Transaction) -> int:
        raise ConnectionResetError

    with monkeypatch.context() as at_the_last_step:
        at_the_last_step.setattr(Transaction, "flush", connection_is_lost)
        with pytest.raises(ConnectionResetError):
            await under_test.applier.apply(records)
    assert await state(under_test) == before
    await under_test.applier.apply(records)
    assert await under_test.parked() == []
    assert await state(under_test) != before
