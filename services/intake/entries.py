"""Turns a form that can be taken into what the database holds and what the world is told."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import count
from uuid import UUID

from uuid_utils.compat import uuid7

from services.intake.domain import DocumentKind
from services.intake.form import Draft
from services.intake.nik import mask
from services.intake.store import reference as store
from services.intake.store.applications import Entry
from services.intake.tracking import new_code
from services.intake.vault import Vault
from shared.clock import WIB
from shared.events.intake import ApplicationRecorded, RecipientRegistered
from shared.messaging.transaction import Connection


def entry_of(
    draft: Draft, vault: Vault, now: datetime, *, application_id: UUID | None = None, from_file: bool = False
) -> Entry:
    """The draft as an application, sealed; one from a file is known by what its row says. Numbers come later."""
    id_ = application_id or uuid7()
    identity = draft.identity
    return Entry(
        id=id_,
        document_kind=draft.kind.code,
        reason=draft.reason,
        office_number="",
        tracking_code="",
        person_hash=vault.person(identity, draft.full_name),
        household_id=vault.household(identity.kk),
        identity_sealed=vault.seal(id_, identity),
        full_name=draft.full_name,
        phone=draft.phone,
        email=draft.email,
        address=draft.address,
        landmark=draft.landmark,
        kelurahan_code=draft.kelurahan_code,
        rw=draft.rw,
        rt=draft.rt,
        suket_expires_on=draft.suket_expires_on,
        disaster_victim=draft.disaster_victim,
        recorded_at=draft.recorded_at or now,
        registered_at=now,
        doubts=" ".join(f"{doubt.field}:{doubt.code}" for doubt in draft.doubts),
        source_fingerprint=fingerprint_of(draft, vault) if from_file else None,
    )


def fingerprint_of(draft: Draft, vault: Vault) -> bytes:
    """By what a row is known when it comes again: all that it says, in mended spelling."""
    identity = draft.identity
    return vault.row(
        draft.kind.code, str(draft.reason), identity.nik, identity.kk, identity.birth_date, identity.sex,
        draft.full_name, draft.phone, draft.email, draft.address, draft.landmark, draft.kelurahan_code,
        draft.rw, draft.rt, draft.suket_expires_on, draft.disaster_victim, draft.recorded_at,
    )  # fmt: skip


async def give_numbers(conn: Connection, entries: Sequence[tuple[Entry, DocumentKind]]) -> None:
    """Give each a tracking code, and its office number such as KTP/2026/11/000123: running for kind and month."""
    places = [(kind.office_prefix, _month(entry)) for entry, kind in entries]
    wanted = Counter(places)
    last = await store.reserve_numbers(conn, wanted)
    numbers = {
        (prefix, month): _numbers(prefix, month, last[prefix, month] - n) for (prefix, month), n in wanted.items()
    }
    for (entry, _), place in zip(entries, places, strict=True):
        entry.tracking_code = new_code()
        entry.office_number = next(numbers[place])


def _numbers(prefix: str, month: date, after: int) -> Iterator[str]:
    head = f"{prefix}/{month:%Y/%m}/"
    return (f"{head}{number:06}" for number in count(after + 1))


def _month(entry: Entry) -> date:
    day = entry.recorded_at.astimezone(WIB)
    return date(day.year, day.month, 1)


def facts_of(
    entries: Iterable[tuple[Entry, Draft]],
) -> list[ApplicationRecorded | RecipientRegistered]:
    """What is announced about new applications, application by application."""
    facts: list[ApplicationRecorded | RecipientRegistered] = []
    for entry, draft in entries:
        facts.append(
            ApplicationRecorded(
                application_id=entry.id,
                document_kind=entry.document_kind,
                document_name=draft.kind.name_id,
                reason=draft.reason,
                kelurahan_code=entry.kelurahan_code,
                rw=entry.rw,
                recorded_at=entry.recorded_at,
            )
        )
        facts.append(recipient_of(entry, draft))
    return facts


def recipient_of(entry: Entry, draft: Draft) -> RecipientRegistered:
    """Whom the courier visits, for those who may know."""
    nik = draft.identity.nik
    return RecipientRegistered(
        application_id=entry.id,
        household_id=entry.household_id,
        office_number=entry.office_number,
        tracking_code=entry.tracking_code,
        full_name=entry.full_name,
        nik_masked=mask(nik) if nik else None,
        phone=entry.phone,
        email=entry.email,
        address=entry.address,
        landmark=entry.landmark,
        kelurahan_code=entry.kelurahan_code,
        rw=entry.rw,
        rt=entry.rt,
        registered_at=entry.registered_at,
    )
