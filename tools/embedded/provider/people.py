"""The sample people, each with the roles and areas that the sign-in says of them."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("people.yaml")


@cache
def sample_people() -> Sequence[Mapping[str, Any]]:
    """Their claims, in the order of the file."""
    people: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return people
