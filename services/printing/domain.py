"""The rules of the queue: who comes first when blanks are short, and how that is explained to anyone who asks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from shared.clock import WIB
from shared.events.intake import ApplicationClearedForPrint, Reason
from shared.events.printing import PriorityClass

HOME_SITE = "DISDUKCAPIL"
"""Where an application is printed unless someone says otherwise: the office itself."""


REPLACEMENTS = frozenset({Reason.LOST, Reason.DAMAGED, Reason.DATA_CHANGED})


class OrderState(StrEnum):
    """Where a print order stands. `READY` is an order that needs no blank."""

    QUEUED = "QUEUED"
    ALLOCATED = "ALLOCATED"
    READY = "READY"
    PRINTING = "PRINTING"
    PRINTED = "PRINTED"
    VOIDED = "VOIDED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the allocation rule. Classes are served in the order in which they stand here."""

    version: int
    classes: tuple[PriorityClass, ...]
    suket_days: int
    """An interim certificate counts as expiring when it has at most so many days left on the day of clearing."""

    def rank(self, priority_class: PriorityClass) -> int:
        """The place of the class in the order of service, from 0."""
        return self.classes.index(priority_class)


POLICY = Policy(version=1, classes=tuple(PriorityClass), suket_days=30)
"""The rule in force: the national order of 2020 for times of shortage (domain notes, "Priorities in shortage").

A new rule is a new version here; every order and every BlankAllocated keeps the version that placed it.
"""


def classify(event: ApplicationClearedForPrint, policy: Policy = POLICY) -> PriorityClass:
    """The priority class of a cleared application that needs a blank.

    The first rule that fits decides. A replacement stays a replacement even when its interim certificate
    runs out: everyone whose card is lost or damaged gets one while waiting (circular of November 2019), so
    otherwise the whole class would overtake those who wait for their first card. A disaster does lift it.
    An unknown reason, from a newer release of intake, waits in the ordinary class.
    """
    if event.reason == Reason.FIRST and event.suket_expires_on is None:
        return PriorityClass.FIRST_HOLDER
    if event.disaster_victim:
        return PriorityClass.DISASTER
    if event.reason in REPLACEMENTS:
        return PriorityClass.REPLACEMENT
    if _expires_soon(event.suket_expires_on, event.cleared_at, policy):
        return PriorityClass.SUKET_EXPIRING
    return PriorityClass.WAITING


def class_by_suket(expires_on: date, at: datetime, policy: Policy = POLICY) -> PriorityClass:
    """The class, at that moment, of one who waits in the ordinary order and has an interim certificate."""
    return PriorityClass.SUKET_EXPIRING if _expires_soon(expires_on, at, policy) else PriorityClass.WAITING


def _expires_soon(expires_on: date | None, at: datetime, policy: Policy) -> bool:
    if expires_on is None:
        return False
    return expires_on <= at.astimezone(WIB).date() + timedelta(days=policy.suket_days)


RULE = (
    "Urutan golongan: pemegang pertama tanpa suket, korban bencana, suket yang habis dalam 30 hari, "
    "yang menunggu, lalu penggantian (hilang, rusak, ubah data). Di dalam satu golongan yang lebih dahulu "
    "siap cetak didahulukan; bila sama, menurut nomor pengenal permohonan."
)
"""The rule of `POLICY` as it is told to people."""

_REASONS = {
    PriorityClass.FIRST_HOLDER: "pemegang pertama dan belum memegang suket",
    PriorityClass.DISASTER: "korban bencana",
    PriorityClass.SUKET_EXPIRING: "suket sudah atau akan habis dalam 30 hari sejak siap cetak",
    PriorityClass.WAITING: "menunggu menurut waktu siap cetak",
    PriorityClass.REPLACEMENT: "penggantian dokumen yang hilang, rusak, atau berubah data",
}


def why(position: int, priority_class: str, place_since: datetime) -> str:
    """One sentence in Bahasa that says why an application has its place."""
    since = place_since.astimezone(WIB).strftime("%d-%m-%Y %H.%M.%S")
    reason = _REASONS.get(PriorityClass(priority_class), priority_class)
    return f"Urutan {position}: {reason}; siap cetak sejak {since} WIB."


def by_class(counts: dict[str, int], policy: Policy = POLICY) -> dict[str, int]:
    """The counts of all classes in the order of service, zeros included."""
    return {c.value: counts.get(c.value, 0) for c in policy.classes}


def stock_id(site: str, blank_kind: str) -> str:
    """The name of the stock of one kind of blank at one site."""
    return f"{site}/{blank_kind}"


def now() -> datetime:
    """The time of what happens now, in UTC."""
    return datetime.now(UTC)
