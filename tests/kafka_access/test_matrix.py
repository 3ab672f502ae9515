"""Everybody, every topic and group, every operation: what the broker allows is what topics.yaml says, cell by cell."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from kafka import TopicPartition
from kafka.errors import CoordinatorNotAvailableError, NoError
from kafka.structs import OffsetAndMetadata

from shared.events.catalogue import every_topic, topics
from tests.kafka_access.asking import Cell, connection, with_groups, with_the_cluster, with_topics
from tests.kafka_access.conftest import Installation
from tools.access.broker import Broker, broker, wait_until
from tools.access.rules import Rule

ROOT = Path(__file__).parents[2]
DECLARED = {topic.owner for topic in topics().values()} | {r for topic in topics().values() for r in topic.readers}
SERVICES = {name for name in DECLARED if (ROOT / "services" / name).is_dir()}
EXAMPLES = DECLARED - SERVICES
READERS = {reader for topic in topics().values() for reader in topic.readers if reader in SERVICES}
CHOSEN = {"intake.application.v1", "dispatch.delivery.v1"}
AGENCY, STRANGER, WITH_CERTIFICATE, ADMINISTRATOR = "agency-bpjs", "stranger", "CN=someone", "CN=antar-administrator"
GROUPS = sorted(DECLARED | {"agency-bpjs.reader", "agency-bpjs-2.reader", "agency-bpjs", "operator", "anything"})

ANY_TOPIC = {"DESCRIBE", "READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"}
ANY_GROUP = {"DESCRIBE", "READ", "DELETE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"}


class Difference(NamedTuple):
    """A cell that is not as topics.yaml says."""

    who: str
    what: str
    operation: str
    allowed: bool


Look = Callable[[], set[Difference]]


def on_topics(who: str) -> set[Cell]:
    """What topics.yaml says that somebody may do with topics."""
    cells: set[Cell] = set()
    for topic in every_topic().values():
        if who == ADMINISTRATOR:
            cells |= {(topic.name, operation) for operation in ANY_TOPIC}
        if who == topic.owner and who in SERVICES:
            cells |= {(topic.name, "DESCRIBE"), (topic.name, "WRITE")}
        if who in SERVICES.intersection(topic.readers) or who == "operator" or (who == AGENCY and topic.name in CHOSEN):
            cells |= {(topic.name, "DESCRIBE"), (topic.name, "READ")}
    return cells


def on_groups(who: str) -> set[Cell]:
    """What follows for groups."""
    if who == ADMINISTRATOR:
        return {(group, operation) for group in GROUPS for operation in ANY_GROUP}
    if who == AGENCY:
        return {("agency-bpjs.reader", "READ"), ("agency-bpjs.reader", "DESCRIBE")}
    if who == "operator":
        return {(group, "DESCRIBE") for group in READERS}
    return {(who, "READ"), (who, "DESCRIBE")} if who in READERS else set()


@pytest.fixture
def everybody(installation: Installation) -> Iterator[dict[str, str]]:
    """The address of everybody who comes in at all."""
    at = installation.broker
    with broker(at.administrator) as administrator:
        administrator.set_password(AGENCY, "the-agencys")
        for name in (STRANGER, *EXAMPLES):
            administrator.set_password(name, "of-nobody")
        _make_groups(at.administrator)
        installation.does("agency", "topics", "bpjs", *(word for name in sorted(CHOSEN) for word in ("--topic", name)))
        yield {name: installation.address(name) for name in (*SERVICES, "operator")} | {
            AGENCY: at.by_password(AGENCY, "the-agencys", at.ports.agencies),
            **{name: at.by_password(name, "of-nobody") for name in (STRANGER, *EXAMPLES)},
            WITH_CERTIFICATE: at.by_certificate(at.issued("someone"), "someone"),
            ADMINISTRATOR: at.administrator,
        }
        for name in (AGENCY, STRANGER, *EXAMPLES):
            administrator.forget(name)
        administrator.change([], [rule for rule in administrator.rules() if rule.user in (AGENCY, STRANGER, "*")])


@pytest.fixture
def differences(everybody: dict[str, str]) -> Look:
    """Asks everybody about everything."""

    def look() -> set[Difference]:
        return {cell for who, address in everybody.items() for cell in _differences(who, address)}

    return look


@pytest.fixture
def administrator(installation: Installation) -> Iterator[Broker]:
    with broker(installation.broker.administrator) as at:
        yield at


def _differences(who: str, address: str) -> Iterator[Difference]:
    with connection(address) as somebody:
        found = with_topics(somebody, list(every_topic())) | with_groups(somebody, GROUPS)
        cluster = with_the_cluster(somebody)
    said = on_topics(who) | on_groups(who)
    yield from (Difference(who, *cell, allowed=True) for cell in found - said)
    yield from (Difference(who, *cell, allowed=False) for cell in said - found)
    if who != ADMINISTRATOR:
        yield from (Difference(who, "the cluster", operation, allowed=True) for operation in cluster)


def _make_groups(address: str) -> None:
    """A broker tells what may be done with a group only if there is one."""
    position = {TopicPartition(min(CHOSEN), 0): OffsetAndMetadata(0, "", -1)}
    with connection(address) as somebody:

        def made() -> bool:
            try:
                kept = [somebody.alter_group_offsets(group, position) for group in GROUPS]
            except CoordinatorNotAvailableError:  # its topic is being made
                return False
            return {error for answer in kept for error in answer.values()} == {NoError}

        wait_until(made, "its groups")


def test_the_broker_allows_what_topics_yaml_says_and_nothing_else(differences: Look) -> None:
    assert differences() == set()


def test_each_rule_that_is_taken_away_is_missed_in_its_cells(differences: Look, administrator: Broker) -> None:
    ours = [rule for rule in administrator.rules() if rule.user not in (AGENCY, STRANGER)]
    administrator.change([], ours)
    missed = differences()
    wanted = {(who, *cell) for who in (*SERVICES, "operator") for cell in on_topics(who) | on_groups(who)}
    assert {difference[:3] for difference in missed} == wanted
    assert not any(difference.allowed for difference in missed)


@pytest.mark.parametrize(
    ("too_many", "seen"),
    [
        (Rule("User:printing", "read", "topic", "intake.recipient.v1"), ("printing", "intake.recipient.v1", "READ")),
        (Rule("User:notify", "write", "topic", "intake", "prefixed"), ("notify", "intake.recipient.v1", "WRITE")),
        (Rule("User:*", "create", "topic", "*"), (STRANGER, "notify.message.v1", "CREATE")),
        (Rule("User:intake", "alter_configs", "topic", "printing.blank-stock.v1"), ("intake", "printing.blank-stock.v1", "ALTER_CONFIGS")),
        (Rule("User:dispatch", "delete", "topic", "dispatch.delivery.v1"), ("dispatch", "dispatch.delivery.v1", "DELETE")),
        (Rule(f"User:{AGENCY}", "read", "group", "agency-bpjs", "prefixed"), (AGENCY, "agency-bpjs-2.reader", "READ")),
        (Rule("User:operator", "read", "group", "notify"), ("operator", "notify", "READ")),
        (Rule("User:statistics", "read", "topic", "dispatch.delivery.v1"), ("statistics", "dispatch.delivery.v1", "READ")),
        (Rule("User:CN=someone", "alter", "cluster", "kafka-cluster"), (WITH_CERTIFICATE, "the cluster", "ALTER")),
    ],
)  # fmt: skip
def test_a_rule_too_many_is_seen(
    too_many: Rule, seen: tuple[str, str, str], differences: Look, administrator: Broker
) -> None:
    administrator.change([too_many], [])
    try:
        assert Difference(*seen, allowed=True) in differences()
    finally:
        administrator.change([], [too_many])
