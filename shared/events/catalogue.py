"""Reads topics.yaml: which topics exist, who owns them and who may read them."""

from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Literal

import yaml


@dataclass(frozen=True, slots=True)
class Topic:
    """One row of topics.yaml with the defaults filled in."""

    name: str
    owner: str
    key: str
    kind: Literal["facts", "state"]
    partitions: int
    retention: str
    cleanup: Literal["delete", "compact"]
    classification: Literal["public", "restricted"]
    readers: tuple[str, ...]
    about: str


@cache
def topics() -> dict[str, Topic]:
    """Every declared topic by name, in the order of the file."""
    text = resources.files(__package__).joinpath("topics.yaml").read_text("utf-8")
    declared = yaml.safe_load(text)
    return {
        name: Topic(name=name, **{**declared["defaults"], **row, "readers": tuple(row["readers"])})
        for name, row in declared["topics"].items()
    }


@cache
def every_topic() -> dict[str, Topic]:
    """The declared topics and, for each reader of each, the one that takes copies of what it set aside."""
    copies = [
        replace(
            topic,
            name=parked_topic(topic.name, reader),
            owner=reader,
            key="record_key",
            kind="facts",
            partitions=1,
            retention=PARKED_RETENTION,
            cleanup="delete",
            readers=(),
            about=f"Copies of the records of {topic.name} that {reader} could not apply",
        )
        for topic in topics().values()
        for reader in topic.readers
    ]
    return topics() | {copy.name: copy for copy in copies}


def parked_topic(topic: str, reader: str) -> str:
    """Where `reader` publishes what it could not apply of `topic`."""
    return f"{topic}.{reader}.parked"


PARKED_RETENTION = str(30 * 24 * 3600 * 1000)
"""Milliseconds. Copies are for looking into a fault, not for keeping."""
