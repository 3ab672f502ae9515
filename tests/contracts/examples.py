"""A plausible event of every type: fields of one name mean one thing in the whole language, so names are enough."""

from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.events.base import Event
from shared.events.dispatch import AttemptOutcome, Holder, Receiver, ReturnReason
from shared.events.intake import CancelReason, ClosingOutcome, Missing, Reason, RejectReason
from shared.events.notify import Channel, Milestone, UndeliverableReason
from shared.events.printing import PriorityClass, ReleaseReason, SpoilReason, VoidReason

E = TypeVar("E", bound=Event)

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)

FIELDS: dict[str, Any] = {
    "document_kind": "KTP_EL",
    "document_name": "KTP-el",
    "blank_kind": "KTP_EL",
    "site": "DISDUKCAPIL",
    "stock_id": "DISDUKCAPIL/KTP_EL",
    "kelurahan_code": "32.75.01.1001",
    "rw": "001",
    "rt": "002",
    "word": "SENT_FOR_ENROLLMENT",
    "disaster_victim": False,
    "suket_expires_on": None,
    "fields": ("rw",),
    "missing": (Missing.FAMILY_CARD,),
    "continues": None,
    "office_number": "KTP/2026/11/000123",
    "tracking_code": "BKS-00000000",
    "full_name": "CONTOH SEKALI",
    "nik_masked": "3275********0001",
    "phone": "+6281200000001",
    "email": None,
    "address": "JALAN CONTOH 1",
    "landmark": None,
    "priority_class": PriorityClass.WAITING,
    "policy_version": 1,
    "position": 1,
    "serial": "A0000001",
    "first_serial": "A0000001",
    "last_serial": "A0000100",
    "quantity": 100,
    "letter_number": "471.13/1/2026",
    "available": 5,
    "warning_level": 10,
    "courier_badge": "TKK-0001",
    "giver": Holder.OFFICE,
    "taker": Holder.COURIER,
    "attempt": 1,
    "counted": True,
    "receiver": Receiver.APPLICANT,
    "until": date(2026, 12, 25),
    "milestone": Milestone.READY,
    "channel": Channel.LOG,
}

BY_TYPE: dict[str, dict[str, Any]] = {
    "ApplicationRecorded": {"reason": Reason.FIRST},
    "ApplicationClearedForPrint": {"reason": Reason.FIRST},
    "ApplicationCancelled": {"reason": CancelReason.APPLICANT_REQUEST},
    "ApplicationRejected": {"reason": RejectReason.NOT_ENTITLED},
    "SuketRenewed": {"suket_expires_on": date(2027, 5, 25)},
    "SuketExpiring": {"suket_expires_on": date(2026, 12, 20)},
    "ApplicationClosed": {"outcome": ClosingOutcome.DELIVERED},
    "BlankReleased": {"reason": ReleaseReason.APPLICATION_CANCELLED},
    "BlankSpoiled": {"reason": SpoilReason.CHIP_FAILED},
    "DocumentVoided": {"reason": VoidReason.APPLICATION_CANCELLED},
    "DeliveryAttempted": {"outcome": AttemptOutcome.NOT_AT_HOME},
    "DocumentHeldForPickup": {"reason": AttemptOutcome.NOT_AT_HOME},
    "DocumentReturned": {"reason": ReturnReason.MOVED_OUT},
    "MessageUndeliverable": {"reason": UndeliverableReason.NO_ADDRESS},
}


def example(type_: type[E], application_id: UUID | None = None, **fields: Any) -> E:
    """One event of the type, about that application or a new one; `fields` replace what is usual."""
    usual = {"application_id": application_id or uuid7(), **FIELDS, **BY_TYPE.get(type_.__name__, {})}
    given = usual | fields
    return type_(**{name: given[name] if name in given else _by_suffix(name) for name in type_.model_fields})


def _by_suffix(name: str) -> Any:
    if name.endswith(("_at", "_since")):
        return NOW
    if name.endswith("_id"):
        return uuid7()
    raise KeyError(f"examples need a value for the new field {name}")
