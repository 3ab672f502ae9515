"""What printing answers, as its OpenAPI document tells it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.printing.domain import OrderState
from shared.events.printing import PriorityClass


class Received(BaseModel):
    """A stock after a receipt."""

    stock_id: str
    received: int
    in_stock: int
    reserved: int


class Balance(BaseModel):
    """Where the blanks of a stock are; `identity` writes the equation out, `balanced` says that a recount agrees."""

    stock_id: str
    site: str
    blank_kind: str
    received: int
    transferred_in: int
    in_stock: int
    reserved: int
    printed: int
    spoiled: int
    transferred_out: int
    missing: int
    balanced: bool
    identity: str


class Waiting(BaseModel):
    """How many wait for a blank, by class in the order of service."""

    policy_version: int
    waiting: int
    by_class: dict[PriorityClass, int]


class Next(BaseModel):
    """One who would get a blank, and why."""

    application_id: UUID
    priority_class: PriorityClass
    place_since: datetime
    position: int
    why: str


class DryRun(Waiting):
    """Who would get the next blanks; `by_class` counts them, `waiting` those who would still wait."""

    rule: str
    would_get: list[Next]


class Summary(BaseModel):
    """Orders by state, documents printed, blanks spoiled."""

    by_state: dict[OrderState, int]
    printed: int
    spoiled: int


class Order(BaseModel):
    """A print order. What concerns a blank is None for a document on plain paper."""

    application_id: UUID
    state: OrderState
    document_kind: str
    site: str
    blank_kind: str | None
    priority_class: PriorityClass | None
    place_since: datetime
    policy_version: int
    position: int | None
    run_id: UUID | None
    serial: str | None
    queued_at: datetime
    allocated_at: datetime | None
    printed_at: datetime | None
    cancelled_at: datetime | None
    blanks_spoiled: int
    why: str | None
