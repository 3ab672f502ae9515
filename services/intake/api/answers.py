"""What intake answers, as its OpenAPI document tells it."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.intake.domain import State, Verdict


class Doubt(BaseModel):
    """What an officer should look at."""

    field: str
    code: str


class ToldDoubt(Doubt):
    """The same with its sentence."""

    message: str


class Recorded(BaseModel):
    """The numbers of an application that was taken."""

    application_id: UUID
    office_number: str
    tracking_code: str
    warnings: list[ToldDoubt]


class Corrected(BaseModel):
    """The fields that say something else now."""

    fields: list[str]
    warnings: list[ToldDoubt] = []


class Cancelled(BaseModel):
    """An application that has ended."""

    application_id: UUID
    state: State


class Heard(BaseModel):
    """What a word of the ministry did."""

    application_id: UUID
    result: Verdict


class Application(BaseModel):
    """An application as an officer sees it."""

    application_id: UUID
    document_kind: str
    reason: str
    state: State
    office_number: str
    tracking_code: str
    full_name: str
    phone: str | None
    email: str | None
    address: str
    landmark: str | None
    kelurahan_code: str
    rw: str
    rt: str
    suket_expires_on: date | None
    disaster_victim: bool
    recorded_at: datetime
    registered_at: datetime
    central_status: str | None
    central_status_at: datetime | None
    cleared_at: datetime | None
    printed_at: datetime | None
    handed_over_at: datetime | None
    returned_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    nik_masked: str | None
    warnings: list[Doubt]


class Line(BaseModel):
    """An application in a list: nothing personal."""

    application_id: UUID
    office_number: str
    document_kind: str
    state: State
    kelurahan_code: str
    rw: str
    central_status: str | None
    recorded_at: datetime
    cleared_at: datetime | None


class Page(BaseModel):
    """`next` is the `after` of the next page, None at the end."""

    items: list[Line]
    next: UUID | None


class Summary(BaseModel):
    """How many applications stand where, and how many there are of each kind."""

    by_state: dict[State, int]
    by_kind: dict[str, int]


class InLine(BaseModel):
    """A file that is worked through in the background."""

    import_id: UUID


class Progress(BaseModel):
    """How far a file is. `rows` are those that are counted already."""

    name: str | None
    state: Literal["WAITING", "RUNNING", "INTERRUPTED", "STOPPED", "FAILED", "FINISHED"]
    started_at: datetime
    finished_at: datetime | None
    rows: int
    refused: int
    refused_by_code: dict[str, int]


class Import(Progress):
    """A file of applications."""

    import_id: UUID
    taken: int
    already_taken: int
    warnings: int


class Clearances(Progress):
    """A file of the ministry's words."""

    clearance_id: UUID
    cleared: int
    already_cleared: int
    mirrored: int


class Neighbourhoods(BaseModel):
    """How many were new."""

    rw: int
