"""What intake says: applications without any personal data, and recipients for those who deliver and notify."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.events.base import Code, Event, KelurahanCode, Open, Rw, Stream

APPLICATION = Stream("intake.application.v1")
RECIPIENT = Stream("intake.recipient.v1")


class Reason(StrEnum):
    """Why the document is asked for (form F-1.02, part II)."""

    FIRST = "FIRST"
    MOVED_IN = "MOVED_IN"
    LOST = "LOST"
    DAMAGED = "DAMAGED"
    DATA_CHANGED = "DATA_CHANGED"


class CancelReason(StrEnum):
    """Why an application ended without a document."""

    APPLICANT_REQUEST = "APPLICANT_REQUEST"
    DUPLICATE = "DUPLICATE"
    RECORDED_IN_ERROR = "RECORDED_IN_ERROR"
    MOVED_OUT = "MOVED_OUT"
    DECEASED = "DECEASED"


class Missing(StrEnum):
    """What an applicant still has to bring."""

    FAMILY_CARD = "FAMILY_CARD"
    OLD_CARD = "OLD_CARD"
    POLICE_LETTER = "POLICE_LETTER"
    MOVING_LETTER = "MOVING_LETTER"
    BIRTH_LETTER = "BIRTH_LETTER"
    MARRIAGE_PROOF = "MARRIAGE_PROOF"
    DATA_CHANGE_FORM = "DATA_CHANGE_FORM"
    BIOMETRICS = "BIOMETRICS"
    SIGNATURE = "SIGNATURE"
    OTHER = "OTHER"


class RejectReason(StrEnum):
    """Why an application was refused."""

    NOT_ENTITLED = "NOT_ENTITLED"
    NOT_RESIDENT = "NOT_RESIDENT"
    DOCUMENTS_NOT_GENUINE = "DOCUMENTS_NOT_GENUINE"
    NOT_COMPLETED = "NOT_COMPLETED"
    OTHER = "OTHER"


class ClosingOutcome(StrEnum):
    """How an application came to its end."""

    DELIVERED = "DELIVERED"


class ApplicationRecorded(Event, stream=APPLICATION):
    """An application was taken in, at the counter or from a file."""

    application_id: UUID
    document_kind: Code
    document_name: str
    reason: Open[Reason]
    kelurahan_code: KelurahanCode
    rw: Rw
    recorded_at: AwareDatetime
    continues: UUID | None = None
    """The ended application that this one goes on with."""


class ApplicationReturnedForCompletion(Event, stream=APPLICATION):
    """Something is missing; the application waits for it."""

    application_id: UUID
    missing: tuple[Open[Missing], ...]
    returned_at: AwareDatetime


class ApplicationMadeComplete(Event, stream=APPLICATION):
    """Nothing is missing any more."""

    application_id: UUID
    completed_at: AwareDatetime


class CentralStatusObserved(Event, stream=APPLICATION):
    """The ministry's word for the record, mirrored as it stands; never set by us."""

    application_id: UUID
    word: Code
    observed_at: AwareDatetime


class ApplicationClearedForPrint(Event, stream=APPLICATION):
    """The central record is print-ready (PRR), or the deed is signed.

    Complete in itself: printing needs no other event.
    `blank_kind` is None where the document is printed on plain paper.
    """

    application_id: UUID
    document_kind: Code
    blank_kind: Code | None
    reason: Open[Reason]
    disaster_victim: bool
    suket_expires_on: date | None
    kelurahan_code: KelurahanCode
    rw: Rw
    recorded_at: AwareDatetime
    cleared_at: AwareDatetime


class ApplicationCorrected(Event, stream=APPLICATION):
    """Details were put right before the print. Names the fields, never their values."""

    application_id: UUID
    fields: tuple[str, ...]
    kelurahan_code: KelurahanCode
    rw: Rw
    corrected_at: AwareDatetime


class ApplicationCancelled(Event, stream=APPLICATION):
    """The application ended without a document."""

    application_id: UUID
    reason: Open[CancelReason]
    cancelled_at: AwareDatetime


class ApplicationRejected(Event, stream=APPLICATION):
    """The application was refused before it was cleared: no document, and none was begun."""

    application_id: UUID
    reason: Open[RejectReason]
    rejected_at: AwareDatetime


class SuketRenewed(Event, stream=APPLICATION):
    """The interim certificate is good for longer."""

    application_id: UUID
    suket_expires_on: date
    renewed_at: AwareDatetime


class SuketExpiring(Event, stream=APPLICATION):
    """The interim certificate of one who waits for a print runs out within 30 days, or did already."""

    application_id: UUID
    suket_expires_on: date
    noticed_at: AwareDatetime


class ApplicationClosed(Event, stream=APPLICATION):
    """The application reached its end."""

    application_id: UUID
    outcome: Open[ClosingOutcome]
    closed_at: AwareDatetime


class RecipientRegistered(Event, stream=RECIPIENT):
    """Who receives the document and where. Whole state: a later one replaces it, an empty value erases it."""

    application_id: UUID
    household_id: UUID
    office_number: str
    tracking_code: str
    full_name: str
    nik_masked: str | None
    phone: Annotated[str, Field(pattern=r"^\+62\d{8,13}$")] | None
    email: str | None
    address: str
    landmark: str | None
    kelurahan_code: KelurahanCode
    rw: Rw
    rt: Rw
    registered_at: AwareDatetime
