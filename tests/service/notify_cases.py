"""The events of one invented application, for the tests of notify; every fact can be had alone and in any order."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.events.base import Event
from shared.events.dispatch import (
    AttemptOutcome,
    DeliveryAssigned,
    DeliveryAttempted,
    DeliveryCompleted,
    DocumentHandedOver,
    DocumentHeldForPickup,
    DocumentReturned,
    Holder,
    Receiver,
    ReturnReason,
)
from shared.events.intake import (
    ApplicationCancelled,
    ApplicationClearedForPrint,
    ApplicationClosed,
    ApplicationMadeComplete,
    ApplicationRecorded,
    ApplicationRejected,
    ApplicationReturnedForCompletion,
    CancelReason,
    CentralStatusObserved,
    ClosingOutcome,
    Missing,
    Reason,
    RecipientRegistered,
    RejectReason,
)
from shared.events.printing import (
    BlankAllocated,
    BlankReleased,
    BlankSpoiled,
    BlanksReceived,
    DocumentPrinted,
    DocumentVoided,
    PrintOrderQueued,
    PriorityClass,
    ReleaseReason,
    SpoilReason,
    VoidReason,
)

SITE, CARD = "DISDUKCAPIL", "KTP_EL"
KELURAHAN = "32.75.03.1002"
START = datetime(2017, 9, 1, 2, 0, tzinfo=UTC)
SECRETS = (
    "Slamet Riyadi Wibowo",
    "3275991708900001",
    "327599******0001",
    "+6281299887766",
    "81299887766",
    "Jalan Melati",
)
"""The personal data of every invented person: none of it may be found anywhere."""


def lot(quantity: int) -> BlanksReceived:
    """Blanks from the ministry."""
    return BlanksReceived(
        stock_id=f"{SITE}.{CARD}", site=SITE, blank_kind=CARD, first_serial="1", last_serial=str(quantity),
        quantity=quantity, letter_number="470/1", received_at=START,
    )  # fmt: skip


@dataclass
class Life:
    """An application. `card` false: the document needs no blank. `day` is when it was recorded, from START."""

    code: str = "BKS-7F3K-9Q2M5"
    card: bool = True
    name: str = "KTP-el"
    phone: str | None = "+6281299887766"
    email: str | None = None
    priority: PriorityClass = PriorityClass.WAITING
    day: int = 0
    application_id: UUID = field(default_factory=uuid7)

    def _at(self, days: float) -> datetime:
        return START + timedelta(days=self.day + days)

    @property
    def _id(self) -> UUID:
        return self.application_id

    def recorded(self) -> ApplicationRecorded:
        return ApplicationRecorded(
            application_id=self._id, document_kind=CARD if self.card else "KK", document_name=self.name,
            reason=Reason.FIRST, kelurahan_code=KELURAHAN, rw="011", recorded_at=self._at(0),
        )  # fmt: skip

    def recipient(self) -> RecipientRegistered:
        return RecipientRegistered(
            application_id=self._id, household_id=self._id, office_number="KTP/2017/09/000123", tracking_code=self.code,
            full_name=SECRETS[0], nik_masked=SECRETS[2], phone=self.phone, email=self.email, address="Jalan Melati 7",
            landmark=None, kelurahan_code=KELURAHAN, rw="011", rt="087", registered_at=self._at(0),
        )  # fmt: skip

    def central(self, word: str) -> CentralStatusObserved:
        return CentralStatusObserved(application_id=self._id, word=word, observed_at=self._at(1))

    def incomplete(self, *missing: Missing) -> ApplicationReturnedForCompletion:
        return ApplicationReturnedForCompletion(application_id=self._id, missing=missing, returned_at=self._at(1))

    def made_complete(self) -> ApplicationMadeComplete:
        return ApplicationMadeComplete(application_id=self._id, completed_at=self._at(2))

    def rejected(self, reason: RejectReason = RejectReason.NOT_RESIDENT) -> ApplicationRejected:
        return ApplicationRejected(application_id=self._id, reason=reason, rejected_at=self._at(2))

    def cleared(self) -> ApplicationClearedForPrint:
        return ApplicationClearedForPrint(
            application_id=self._id, document_kind=CARD if self.card else "KK", blank_kind=CARD if self.card else None,
            reason=Reason.FIRST, disaster_victim=False, suket_expires_on=None, kelurahan_code=KELURAHAN, rw="011",
            recorded_at=self._at(0), cleared_at=self._at(2),
        )  # fmt: skip

    def queued(self) -> PrintOrderQueued:
        return PrintOrderQueued(
            application_id=self._id, document_kind=CARD if self.card else "KK", site=SITE,
            blank_kind=CARD if self.card else None, priority_class=self.priority if self.card else None,
            place_since=self._at(2), policy_version=3, queued_at=self._at(2),
        )  # fmt: skip

    def allocated(self) -> BlankAllocated:
        return BlankAllocated(
            application_id=self._id, site=SITE, blank_kind=CARD, priority_class=self.priority,
            place_since=self._at(2), position=1, policy_version=3, allocated_at=self._at(3),
        )  # fmt: skip

    def released(self) -> BlankReleased:
        return BlankReleased(
            application_id=self._id, site=SITE, blank_kind=CARD,
            reason=ReleaseReason.APPLICATION_CANCELLED, released_at=self._at(3.5),
        )  # fmt: skip

    def spoiled(self) -> BlankSpoiled:
        return BlankSpoiled(
            application_id=self._id, site=SITE, blank_kind=CARD, serial="A1",
            reason=SpoilReason.CHIP_FAILED, spoiled_at=self._at(3.5),
        )  # fmt: skip

    def printed(self) -> DocumentPrinted:
        return DocumentPrinted(
            application_id=self._id, document_kind=CARD if self.card else "KK", site=SITE,
            blank_kind=CARD if self.card else None, serial="A2" if self.card else None, run_id=self._id,
            kelurahan_code=KELURAHAN, rw="011", printed_at=self._at(4),
        )  # fmt: skip

    def voided(self) -> DocumentVoided:
        return DocumentVoided(application_id=self._id, reason=VoidReason.APPLICATION_CANCELLED, voided_at=self._at(5))

    def assigned(self) -> DeliveryAssigned:
        return DeliveryAssigned(
            application_id=self._id,
            courier_badge="TKK-0311",
            kelurahan_code=KELURAHAN,
            rw="011",
            assigned_at=self._at(4),
        )

    def handed(self) -> DocumentHandedOver:
        return DocumentHandedOver(
            application_id=self._id, giver=Holder.OFFICE, taker=Holder.COURIER, courier_badge="TKK-0311",
            manifest_id=self._id, handed_over_at=self._at(5),
        )  # fmt: skip

    def missed(
        self, attempt: int = 1, outcome: AttemptOutcome = AttemptOutcome.NOT_AT_HOME, *, counted: bool = True
    ) -> DeliveryAttempted:
        return DeliveryAttempted(
            application_id=self._id, attempt=attempt, counted=counted, outcome=outcome, courier_badge="TKK-0311",
            attempted_at=self._at(5 + attempt), reported_at=self._at(5 + attempt),
        )  # fmt: skip

    def completed(self) -> DeliveryCompleted:
        return DeliveryCompleted(
            application_id=self._id, receiver=Receiver.FAMILY_CARD_MEMBER, courier_badge="TKK-0311",
            completed_at=self._at(9), reported_at=self._at(9),
        )  # fmt: skip

    def held(self) -> DocumentHeldForPickup:
        return DocumentHeldForPickup(
            application_id=self._id, kelurahan_code=KELURAHAN, reason=AttemptOutcome.NOT_AT_HOME,
            until=date(2017, 10, 12), held_at=self._at(10),
        )  # fmt: skip

    def returned(self, reason: ReturnReason = ReturnReason.MOVED_OUT) -> DocumentReturned:
        return DocumentReturned(application_id=self._id, reason=reason, returned_at=self._at(11))

    def cancelled(self, reason: CancelReason = CancelReason.APPLICANT_REQUEST) -> ApplicationCancelled:
        return ApplicationCancelled(application_id=self._id, reason=reason, cancelled_at=self._at(6))

    def closed(self) -> ApplicationClosed:
        return ApplicationClosed(application_id=self._id, outcome=ClosingOutcome.DELIVERED, closed_at=self._at(9))

    def born(self) -> list[Event]:
        """Recorded and somebody to tell."""
        return [self.recorded(), self.recipient()]

    def in_queue(self) -> list[Event]:
        return [*self.born(), self.cleared(), self.queued()]

    def on_paper(self) -> list[Event]:
        """Printed."""
        return [*self.in_queue(), *([self.allocated()] if self.card else []), self.printed()]

    def on_the_way(self) -> list[Event]:
        """With the courier."""
        return [*self.on_paper(), self.assigned(), self.handed()]
