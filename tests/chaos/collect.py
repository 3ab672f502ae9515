"""Collects the evidence of a run from the platform it ran on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.evidence import Evidence, Run


@dataclass(frozen=True, slots=True)
class Platform:
    """Where to look. `addresses` are the databases (dsn) by service; `logs` are files; `texts` are other texts that must
    not name anybody, by a name for the place: metrics of a service, answers to refused requests."""

    addresses: Mapping[str, str]
    bootstrap: str
    logs: Sequence[Path] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


async def collect(platform: Platform, run: Run) -> Evidence:
    """The evidence, read without changing anything. Call it when nothing moves any more, faults healed.

    With all four services in `addresses` the domain is compared too; with fewer, `Evidence.city` is None.
    """
    raise NotImplementedError
