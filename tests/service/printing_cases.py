"""Applications, letters and questions that the tests of printing share."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from httpx2 import Response

from shared.events.intake import (
    ApplicationCancelled,
    ApplicationClearedForPrint,
    ApplicationCorrected,
    CancelReason,
    Reason,
)
from tests.harness import ServiceUnderTest

MORNING = datetime(2017, 9, 4, 1, 0, tzinfo=UTC)
"""Eight o'clock in Bekasi on the first Monday of the programme."""

STOCK = "DISDUKCAPIL/KTP_EL"


def application(number: int) -> UUID:
    """The id of the application with this number."""
    return UUID(int=number)


def cleared(number: int, *, minutes: int | None = None, **facts: Any) -> ApplicationClearedForPrint:
    """Application `number`, print-ready so many minutes after opening (its own number unless said)."""
    usual: dict[str, Any] = {
        "application_id": application(number),
        "document_kind": "KTP_EL",
        "blank_kind": "KTP_EL",
        "reason": Reason.MOVED_IN,
        "disaster_victim": False,
        "suket_expires_on": None,
        "kelurahan_code": "32.75.01.1001",
        "rw": "011",
        "recorded_at": MORNING - timedelta(days=30),
        "cleared_at": MORNING + timedelta(minutes=number if minutes is None else minutes),
    }
    return ApplicationClearedForPrint(**{**usual, **facts})


def on_plain_paper(number: int) -> ApplicationClearedForPrint:
    """A family card, printed on plain paper since July 2020."""
    return cleared(number, document_kind="KK", blank_kind=None)


def cancelled(number: int) -> ApplicationCancelled:
    """The applicant of `number` asked to end it."""
    return ApplicationCancelled(
        application_id=application(number), reason=CancelReason.APPLICANT_REQUEST, cancelled_at=MORNING
    )


def corrected(number: int, kelurahan_code: str, rw: str) -> ApplicationCorrected:
    """Application `number` belongs elsewhere."""
    return ApplicationCorrected(
        application_id=application(number),
        fields=("kelurahan", "rw"),
        kelurahan_code=kelurahan_code,
        rw=rw,
        corrected_at=MORNING,
    )


def serial(number: int) -> str:
    """The serial of the blank with this number."""
    return f"KA{number:06d}"


def letter(first: int, last: int, **facts: Any) -> dict[str, Any]:
    """A letter of the ministry over the blanks `first` to `last`."""
    usual = {
        "site": "DISDUKCAPIL",
        "blank_kind": "KTP_EL",
        "first_serial": serial(first),
        "last_serial": serial(last),
        "letter_number": "470/1234/Dukcapil",
        "quantity": last - first + 1,
    }
    return {**usual, **facts}


async def send(service: ServiceUnderTest, path: str, body: dict[str, Any], key: str | None = None) -> Response:
    """The request, under a name of its own unless one is given."""
    return await service.http.post(path, json=body, headers={"Idempotency-Key": key or str(uuid4())})


async def receive(service: ServiceUnderTest, first: int, last: int) -> dict[str, Any]:
    """The blanks `first` to `last` arrive."""
    answer = await send(service, "/stock/receipts", letter(first, last))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def scan(service: ServiceUnderTest, number: int, blank: int, spoiled: str | None = None) -> Response:
    """The operator scans a blank for application `number`: printed, or spoiled for a reason."""
    if spoiled:
        path, body = f"/orders/{application(number)}/spoiled", {"serial": serial(blank), "reason": spoiled}
    else:
        path, body = f"/orders/{application(number)}/printed", {"serial": serial(blank)}
    return await send(service, path, body)


async def stock_of(service: ServiceUnderTest, stock_id: str = STOCK) -> dict[str, int]:
    """The balance of a stock, after a recount; nothing was parked on the way."""
    assert await service.parked() == []
    answer = await service.http.get("/stock")
    rows = {row["stock_id"]: row for row in answer.json()}
    assert all(row["balanced"] for row in rows.values()), answer.text
    row: dict[str, int] = rows[stock_id]
    return row


async def states(service: ServiceUnderTest) -> dict[int, str]:
    """Where each order stands, by the application's number."""
    rows = await service.pool.fetch("select application_id, state from print_order order by application_id")
    return {row["application_id"].int: row["state"] for row in rows}


def numbers(events: list[Any]) -> list[int]:
    """The applications that the events are about, in order."""
    return [event.application_id.int for event in events]
