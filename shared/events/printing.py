"""What printing says: each application's place and print, and the stock of blanks."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.base import Code, Event, KelurahanCode, Open, Rw, Stream

PRINT_ORDER = Stream("printing.print-order.v1")
BLANK_STOCK = Stream("printing.blank-stock.v1")


class PriorityClass(StrEnum):
    """Who comes first when blanks are short; the order of the members is the order of service."""

    FIRST_HOLDER = "FIRST_HOLDER"
    DISASTER = "DISASTER"
    SUKET_EXPIRING = "SUKET_EXPIRING"
    WAITING = "WAITING"
    REPLACEMENT = "REPLACEMENT"


class SpoilReason(StrEnum):
    """Why a blank was lost at the printer."""

    FACTORY_DEFECT = "FACTORY_DEFECT"
    CHIP_FAILED = "CHIP_FAILED"
    PRINT_FAILED = "PRINT_FAILED"
    PHYSICAL_DAMAGE = "PHYSICAL_DAMAGE"
    DATA_CHANGED = "DATA_CHANGED"
    OTHER = "OTHER"


class ReleaseReason(StrEnum):
    """Why a reserved blank went back to the stock."""

    APPLICATION_CANCELLED = "APPLICATION_CANCELLED"


class VoidReason(StrEnum):
    """Why a printed document is withdrawn."""

    APPLICATION_CANCELLED = "APPLICATION_CANCELLED"


class PrintOrderQueued(Event, stream=PRINT_ORDER):
    """The application has its place. `priority_class` and `blank_kind` are None where no blank is needed."""

    application_id: UUID
    document_kind: Code
    site: Code
    blank_kind: Code | None
    priority_class: Open[PriorityClass] | None
    place_since: AwareDatetime
    policy_version: int
    queued_at: AwareDatetime


class PrintOrderReclassified(Event, stream=PRINT_ORDER):
    """Its interim certificate runs out soon, or was renewed: it waits in another class and keeps `place_since`."""

    application_id: UUID
    site: Code
    blank_kind: Code
    priority_class: Open[PriorityClass]
    place_since: AwareDatetime
    policy_version: int
    reclassified_at: AwareDatetime


class BlankAllocated(Event, stream=PRINT_ORDER):
    """One blank of that kind at that site is reserved; its serial is bound at the printer.

    `position` is the place (from 1) in the whole queue of that site and kind at the moment of allocation,
    so anyone can recompute the draw.
    """

    application_id: UUID
    site: Code
    blank_kind: Code
    priority_class: Open[PriorityClass]
    place_since: AwareDatetime
    position: int
    policy_version: int
    allocated_at: AwareDatetime


class BlankReleased(Event, stream=PRINT_ORDER):
    """The reserved blank is free again."""

    application_id: UUID
    site: Code
    blank_kind: Code
    reason: Open[ReleaseReason]
    released_at: AwareDatetime


class DocumentPrinted(Event, stream=PRINT_ORDER):
    """The document exists. `serial` is None where no blank was used."""

    application_id: UUID
    document_kind: Code
    site: Code
    blank_kind: Code | None
    serial: str | None
    run_id: UUID
    kelurahan_code: KelurahanCode
    rw: Rw
    printed_at: AwareDatetime


class BlankSpoiled(Event, stream=PRINT_ORDER):
    """The blank was lost at the printer; the application goes back to the queue and keeps its place."""

    application_id: UUID
    site: Code
    blank_kind: Code
    serial: str
    reason: Open[SpoilReason]
    spoiled_at: AwareDatetime


class DocumentVoided(Event, stream=PRINT_ORDER):
    """A printed document is withdrawn and must come back."""

    application_id: UUID
    reason: Open[VoidReason]
    voided_at: AwareDatetime


class BlanksReceived(Event, stream=BLANK_STOCK):
    """A serial range from the ministry entered the store."""

    stock_id: str
    site: Code
    blank_kind: Code
    first_serial: str
    last_serial: str
    quantity: int
    letter_number: str
    received_at: AwareDatetime


class BlankStockRanLow(Event, stream=BLANK_STOCK):
    """Fewer unreserved blanks than the warning level are left."""

    stock_id: str
    site: Code
    blank_kind: Code
    available: int
    warning_level: int
    noticed_at: AwareDatetime
