"""Reads topics.yaml: which topics exist, who owns them and who may read them."""

from dataclasses import dataclass
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
