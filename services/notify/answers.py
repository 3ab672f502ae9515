"""What the tracking page answers to a machine, as the OpenAPI document tells it."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from services.notify.domain import State


class Queue(BaseModel):
    """The place in the queue for blanks; `own_class` counts from 1."""

    position: int
    waiting: int
    blanks: int
    own_class: int | None = Field(alias="class")
    policy_version: int | None


class Held(BaseModel):
    """Where a document waits to be fetched, and until which day."""

    kelurahan: str | None
    until: date


class Step(BaseModel):
    """A step on the way: `at` when it was done, or since when it lasts."""

    name: str
    where: Literal["past", "now", "next"]
    at: datetime | None


class Tracked(BaseModel):
    """What the page says, in the language that was asked for (`bahasa=en`). `late`: more may have happened since."""

    code: str
    document: str
    state: State
    family: str
    tag: str
    headline: str
    reason: str
    since: datetime | None
    queue: Queue | None
    courier_badge: str | None
    held: Held | None
    do: list[str]
    steps: list[Step]
    free_of_charge: bool
    as_of: datetime | None
    late: bool
