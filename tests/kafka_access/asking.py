"""Asks the broker what somebody may do there: with that somebody's own connection, and without doing any of it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import GroupAuthorizationFailedError

from shared.kafka import client

Cell = tuple[str, str]
"""What it is about and what may be done with it: a topic or group, and an operation in Kafka's own words."""

REFUSED = 29
EXISTS = 36


@contextmanager
def connection(address: str) -> Iterator[Any]:
    """Somebody's connection."""
    admin = KafkaAdminClient(**client(address))
    try:
        yield admin
    finally:
        admin.close()


def with_topics(somebody: Any, topics: list[str]) -> set[Cell]:
    """What may be done with these topics."""
    return (
        _described(somebody, topics)
        | _created(somebody, topics)
        | _configs_read(somebody, topics)
        | _configs_altered(somebody, topics)
    )


def with_groups(somebody: Any, groups: Iterable[str]) -> set[Cell]:
    """What may be done with these groups, which must exist."""
    cells: set[Cell] = set()
    for group in groups:
        try:
            said = somebody.describe_groups([group], include_authorized_operations=True)[group]
        except GroupAuthorizationFailedError:
            continue
        assert said["authorized_operations"] is not None, said
        cells |= {(group, operation) for operation in said["authorized_operations"]}
    return cells


def with_the_cluster(somebody: Any) -> set[str]:
    """What may be done with the broker itself: make topics, change rules and passwords, anything."""
    return set(somebody.describe_cluster()["authorized_operations"])


def _described(somebody: Any, topics: list[str]) -> set[Cell]:
    # Every operation told here brings DESCRIBE along, but for creating and the settings: those are tried below.
    found = somebody.describe_topics(topics)
    assert {topic["error_code"] for topic in found} <= {0, REFUSED}
    return {(topic["name"], operation) for topic in found for operation in topic["authorized_operations"] or ()}


def _created(somebody: Any, topics: list[str]) -> set[Cell]:
    wanted = {name: {"num_partitions": 1, "replication_factor": 1} for name in topics}
    answer = somebody.create_topics(wanted, validate_only=True, raise_errors=False)
    codes = {topic["name"]: topic["error_code"] for topic in answer["topics"]}
    assert set(codes.values()) <= {EXISTS, REFUSED}
    return {(name, "CREATE") for name, code in codes.items() if code == EXISTS}


def _configs_read(somebody: Any, topics: list[str]) -> set[Cell]:
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
    told = somebody.describe_configs(wanted, config_filter="all")["topic"]
    return {(name, "DESCRIBE_CONFIGS") for name, settings in told.items() if settings}


def _configs_altered(somebody: Any, topics: list[str]) -> set[Cell]:
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": "-1"}) for name in topics]
    told = somebody.alter_configs(wanted, validate_only=True, raise_on_unknown=False, incremental=True)["topic"]
    return {(name, "ALTER_CONFIGS") for name, answer in told.items() if "TopicAuthorizationFailedError" not in answer}
