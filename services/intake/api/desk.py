"""What the composition root gives to routes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from services.intake.vault import Vault


@dataclass(frozen=True, slots=True)
class Counter:
    """The keys, the city that is served, and where files are received and how they are worked through."""

    vault: Vault
    city: str
    uploads: Path
    batch: int


def _counter(request: Request) -> Counter:
    counter: Counter = request.app.state.counter
    return counter


AtCounter = Annotated[Counter, Depends(_counter)]
"""A route's parameter."""
