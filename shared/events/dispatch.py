"""What dispatch says: who holds the document, and every visit until it has found its owner."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.base import Event, KelurahanCode, Open, Rw, Stream

DELIVERY = Stream("dispatch.delivery.v1")


class Holder(StrEnum):
    """Who has the document in hand; exactly one at any time."""

    OFFICE = "OFFICE"
    COURIER = "COURIER"
    KELURAHAN = "KELURAHAN"
    RECEIVER = "RECEIVER"


class AttemptOutcome(StrEnum):
    """Why a visit did not end in a hand-over."""

    NOT_AT_HOME = "NOT_AT_HOME"
    ADDRESS_NOT_FOUND = "ADDRESS_NOT_FOUND"
    NO_HOUSE_NUMBER = "NO_HOUSE_NUMBER"
    MOVED_WITHIN_CITY = "MOVED_WITHIN_CITY"
    MOVED_OUT = "MOVED_OUT"
    DECEASED = "DECEASED"
    WRONG_RW = "WRONG_RW"
    REFUSED = "REFUSED"
    DATA_ERROR_ON_CARD = "DATA_ERROR_ON_CARD"
    DUPLICATE_CARD = "DUPLICATE_CARD"
    OLD_CARD_NOT_SURRENDERED = "OLD_CARD_NOT_SURRENDERED"
    RECEIVER_NOT_ELIGIBLE = "RECEIVER_NOT_ELIGIBLE"
    AREA_CLEARED = "AREA_CLEARED"
    LOST_IN_TRANSIT = "LOST_IN_TRANSIT"
    DAMAGED = "DAMAGED"


class Receiver(StrEnum):
    """Who may receive; nobody else, in particular no neighbour and no RT chair."""

    APPLICANT = "APPLICANT"
    FAMILY_CARD_MEMBER = "FAMILY_CARD_MEMBER"
    MANDATE_HOLDER = "MANDATE_HOLDER"


class ReturnReason(StrEnum):
    """Why a document went back to the office."""

    MOVED_OUT = "MOVED_OUT"
    DECEASED = "DECEASED"
    DATA_ERROR_ON_CARD = "DATA_ERROR_ON_CARD"
    DUPLICATE_CARD = "DUPLICATE_CARD"
    DAMAGED = "DAMAGED"
    NOT_COLLECTED = "NOT_COLLECTED"
    APPLICATION_CANCELLED = "APPLICATION_CANCELLED"


class DeliveryAssigned(Event, stream=DELIVERY):
    """The courier of the RW will bring it."""

    application_id: UUID
    courier_badge: str
    kelurahan_code: KelurahanCode
    rw: Rw
    assigned_at: AwareDatetime


class DocumentHandedOver(Event, stream=DELIVERY):
    """Custody moved, confirmed by giver and taker."""

    application_id: UUID
    giver: Open[Holder]
    taker: Open[Holder]
    courier_badge: str | None
    manifest_id: UUID
    handed_over_at: AwareDatetime


class DeliveryAttempted(Event, stream=DELIVERY):
    """A visit without hand-over. `attempt` counts from 1; visits that do not count (wrong RW, say) keep the number.

    `attempted_at` is the time of the act, `reported_at` the time it arrived here.
    """

    application_id: UUID
    attempt: int
    counted: bool
    outcome: Open[AttemptOutcome]
    courier_badge: str
    attempted_at: AwareDatetime
    reported_at: AwareDatetime


class DeliveryCompleted(Event, stream=DELIVERY):
    """The document is in the hands of one who may receive it."""

    application_id: UUID
    receiver: Open[Receiver]
    courier_badge: str | None
    completed_at: AwareDatetime
    reported_at: AwareDatetime


class DocumentHeldForPickup(Event, stream=DELIVERY):
    """After the last visit it waits at the kelurahan."""

    application_id: UUID
    kelurahan_code: KelurahanCode
    reason: Open[AttemptOutcome]
    until: date
    held_at: AwareDatetime


class DocumentReturned(Event, stream=DELIVERY):
    """The document is back at the office; the delivery is over."""

    application_id: UUID
    reason: Open[ReturnReason]
    returned_at: AwareDatetime
