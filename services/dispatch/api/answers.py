"""What dispatch answers, as its OpenAPI document tells it."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.dispatch.domain import State
from shared.events.dispatch import Holder


class RosterTaken(BaseModel):
    """Lines of the roster, and documents that have a courier by it."""

    couriers: int
    assigned: int


class Load(BaseModel):
    """What a courier is to bring in one RW and what he carries."""

    badge: str
    kelurahan_code: str
    rw: str
    assigned: int
    carrying: int


class Item(BaseModel):
    """What a courier has in hand, with the least that finds the door."""

    application_id: UUID
    office_number: str | None
    document_kind: str
    state: State
    attempts: int
    household_id: UUID | None
    short_name: str | None
    nik_masked: str | None
    phone: str | None
    address: str | None
    landmark: str | None
    rt: str | None
    rw: str
    kelurahan_code: str
    old_card_needed: bool | None
    in_hand_since: datetime


class Uncovered(BaseModel):
    """An RW without a courier."""

    kelurahan_code: str
    rw: str
    waiting: int


class HandedOver(BaseModel):
    """What one courier signs for; no manifest when nothing waited."""

    manifest_id: UUID | None
    handed_over: list[UUID]


class RoundDone(BaseModel):
    """A round in numbers."""

    manifests: int
    handed_over: int


class Result(BaseModel):
    """What became of one act; a refused one has its code and sentence."""

    act_id: UUID
    accepted: bool
    code: str = ""
    message: str = ""
    state: State | None


class Results(BaseModel):
    """One for each act, in their order."""

    results: list[Result]


class Line(BaseModel):
    """A delivery in a list."""

    application_id: UUID
    state: State
    holder: Holder
    courier_badge: str | None
    kelurahan_code: str | None
    rw: str | None
    attempts: int


class Delivery(Line):
    """A delivery with its holder."""

    holder_badge: str | None
    held_since: datetime
    round: int
    document_kind: str | None
    printed_at: datetime | None
    held_until: date | None
    receiver: str | None
    completed_at: datetime | None
    return_reason: str | None


class ReportedAct(BaseModel):
    """An act as it was reported; `counted` visits are numbered."""

    act_id: UUID
    kind: Literal["attempt", "completion"]
    courier_badge: str
    outcome: str | None
    receiver: str | None
    round: int | None
    attempt: int | None
    counted: bool | None
    accepted: bool
    code: str | None
    acted_at: datetime
    reported_at: datetime


class Move(BaseModel):
    """A change of hands."""

    number: int
    giver: Holder
    giver_badge: str | None
    taker: Holder
    taker_badge: str | None
    manifest_id: UUID | None
    moved_at: datetime


class DeliveryWithHistory(Delivery):
    """A delivery with every reported act and every change of hands."""

    acts: list[ReportedAct]
    custody: list[Move]


class Summary(BaseModel):
    """Documents by state and by holder, visits without hand-over by outcome."""

    by_state: dict[State, int]
    by_outcome: dict[str, int]
    by_holder: dict[Holder, int]
