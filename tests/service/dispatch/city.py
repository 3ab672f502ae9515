"""The small city of the dispatch tests: facts and requests with everything that a test does not care about filled in."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2

from shared.events.intake import ApplicationCancelled, CancelReason, RecipientRegistered
from shared.events.printing import DocumentPrinted, DocumentVoided, VoidReason
from shared.people import Visit, may
from tests.harness import ServiceUnderTest
from tests.people import EVERYBODY

KAYURINGIN = "32.75.04.1005"
MARGAHAYU = "32.75.01.1003"
NOON = datetime(2017, 9, 4, 5, 0, tzinfo=UTC)

ROSTER = f"""kelurahan,rw,badge,nama,hp
{KAYURINGIN},011,TKK-0411,Budi Uji,0811 1111 2222
{KAYURINGIN},012,TKK-0412,Ani Uji,
{MARGAHAYU},003,TKK-0103,Citra Uji,081298765432
"""


def recipient(application_id: UUID, rw: str = "011", **other: Any) -> RecipientRegistered:
    """A resident of Kayuringin Jaya, RW 011 unless said otherwise."""
    facts: dict[str, Any] = {
        "household_id": uuid4(),
        "office_number": "KTP/2017/09/000123",
        "tracking_code": "BKS-7F3K9Q2M",
        "full_name": "Sartika Uji Wulandari",
        "nik_masked": "3275********0003",
        "phone": "+6281234567890",
        "email": "sartika@contoh.test",
        "address": "Gang Kenari II No. 14",
        "landmark": "Pagar hijau",
        "kelurahan_code": KAYURINGIN,
        "rt": "003",
        "registered_at": NOON,
    }
    return RecipientRegistered(application_id=application_id, rw=rw, **{**facts, **other})


def printed(application_id: UUID, *, blank_kind: str | None = "KTP_EL", kind: str = "KTP_EL") -> DocumentPrinted:
    """The document exists."""
    return DocumentPrinted(
        application_id=application_id,
        document_kind=kind,
        site="DISDUKCAPIL",
        blank_kind=blank_kind,
        serial="A0001" if blank_kind else None,
        run_id=uuid4(),
        kelurahan_code=KAYURINGIN,
        rw="011",
        printed_at=NOON,
    )


def cancelled(application_id: UUID, at: datetime = NOON) -> ApplicationCancelled:
    """The applicant wants it no more."""
    return ApplicationCancelled(application_id=application_id, reason=CancelReason.APPLICANT_REQUEST, cancelled_at=at)


def voided(application_id: UUID) -> DocumentVoided:
    """The document is withdrawn by printing."""
    return DocumentVoided(application_id=application_id, reason=VoidReason.APPLICATION_CANCELLED, voided_at=NOON)


def attempt(application_id: UUID, outcome: str, badge: str = "TKK-0411", **other: Any) -> dict[str, Any]:
    """A visit without hand-over, as the courier's phone sends it."""
    return _act(application_id, badge, kind="attempt", outcome=outcome, **other)


def completion(application_id: UUID, badge: str = "TKK-0411", **other: Any) -> dict[str, Any]:
    """The applicant takes the document and gives the old card."""
    return _act(application_id, badge, **{"kind": "completion", "receiver": "APPLICANT", "old_card": "TAKEN", **other})


def _act(application_id: UUID, badge: str, **other: Any) -> dict[str, Any]:
    act = {"act_id": uuid4(), "application_id": application_id, "courier_badge": badge, "acted_at": NOON, **other}
    return {name: value if isinstance(value, str) else _text(value) for name, value in act.items()}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else None if value is None else str(value)


def officer() -> Visit:
    """Somebody at the office of the whole city, for what is done without HTTP."""
    return Visit(EVERYBODY, None, may(), "POST /handovers", "127.0.0.1")


class City:
    """Dispatch with requests in the words of its users."""

    def __init__(self, service: ServiceUnderTest) -> None:
        self.service = service
        self.hears = service.hears
        self.said = service.said
        self.http = service.http

    async def roster(self, content: str | bytes = ROSTER) -> httpx2.Response:
        """The roster arrives."""
        return await self.http.put("/couriers", content=content, headers={"Content-Type": "text/csv"})

    async def post(self, path: str, body: Any, key: str | None = None) -> httpx2.Response:
        """A request with an Idempotency-Key of its own, or this one."""
        return await self.http.post(path, json=body, headers={"Idempotency-Key": key or str(uuid4())})

    async def hand_over(self, *application_ids: UUID, badge: str = "TKK-0411") -> httpx2.Response:
        """The office gives these documents to the courier, or all that wait for him."""
        ids = [str(one) for one in application_ids] or None
        return await self.post("/handovers", {"courier_badge": badge, "application_ids": ids})

    async def reports(self, *acts: dict[str, Any]) -> list[dict[str, Any]]:
        """The courier's phone sends these acts; returns the results."""
        response = await self.post("/courier-reports", {"acts": list(acts)})
        assert response.status_code == 200, response.text
        results: list[dict[str, Any]] = response.json()["results"]
        return results

    async def delivery(self, application_id: UUID) -> dict[str, Any]:
        """The delivery as the coordinator sees it."""
        response = await self.http.get(f"/deliveries/{application_id}")
        assert response.status_code == 200, response.text
        shown: dict[str, Any] = response.json()
        return shown

    async def with_courier(self, rw: str = "011", badge: str = "TKK-0411", **print_facts: Any) -> UUID:
        """A document of RW 011 in its courier's hands."""
        one = uuid4()
        await self.hears(recipient(one, rw), printed(one, **print_facts))
        assert (await self.hand_over(one, badge=badge)).status_code == 201
        return one

    async def open_all_connections(self) -> None:
        """So that requests sent at the same moment really run at the same moment, not one connection after another."""
        pool = self.service.pool
        held = await asyncio.gather(*(pool.acquire() for _ in range(pool.get_max_size())))
        await asyncio.gather(*(pool.release(one) for one in held))

    async def until_it_waits(self, task: asyncio.Task[Any]) -> None:
        """Return when the task waits for a lock in the database, or has ended without."""
        waiting = """
            select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')
        """
        async with asyncio.timeout(20):
            seen = False
            while not (seen or task.done()):
                seen = await self.service.pool.fetchval(waiting)
