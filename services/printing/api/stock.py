"""Stock over HTTP: receiving blanks, and where each of them is."""

from typing import Annotated, Any

from asyncpg import Record
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.printing.api.answers import Balance, Received
from services.printing.balance import balanced
from services.printing.domain import HOME_SITE
from services.printing.receiving import clean, receive, serial_range
from services.printing.store import stock
from shared.events.base import Code
from shared.http.app import Db
from shared.http.description import refuses
from shared.http.idempotency import IdempotencyKey, once
from shared.messaging import Transaction
from shared.people import AtDoor

router = APIRouter(prefix="/stock", tags=["stock"])

Serial = Annotated[str, Field(min_length=1, max_length=40)]


class Receipt(BaseModel):
    """A serial range as it stands on the letter that came with it."""

    model_config = ConfigDict(extra="forbid")

    site: Code = HOME_SITE
    blank_kind: Code = "KTP_EL"
    first_serial: Serial
    last_serial: Serial
    letter_number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    quantity: Annotated[int, Field(ge=1, le=10**9)]


@router.post("/receipts", status_code=201, response_model=Received, responses=refuses(409))
async def receive_blanks(receipt: Receipt, request: Request, db: Db, visit: AtDoor, key: IdempotencyKey) -> Response:
    """Take a range of blanks into the stock; those who wait get them at once."""

    async def work(tx: Transaction) -> tuple[int, Any]:
        blanks = serial_range(clean(receipt.first_serial), clean(receipt.last_serial), receipt.quantity)
        stock_id = await receive(tx, receipt.site, receipt.blank_kind, blanks, receipt.letter_number)
        await visit.note(tx.conn, "blanks-received", stock_id, quantity=receipt.quantity, letter=receipt.letter_number)
        balance = await stock.balance(tx.conn, stock_id)
        return 201, {column: balance[column] for column in ("stock_id", "received", "in_stock", "reserved")}

    return await once(db, request, key, work)


@router.get("", response_model=list[Balance])
async def stocks(db: Db) -> list[dict[str, Any]]:
    """Where the blanks of each stock are, and whether a recount agrees."""
    async with db.reading() as conn:
        return [_written_out(row) for row in await stock.balances(conn)]


_BALANCE = (
    "stock_id",
    "site",
    "blank_kind",
    "received",
    "transferred_in",
    "in_stock",
    "reserved",
    "printed",
    "spoiled",
    "transferred_out",
    "missing",
)


def _written_out(row: Record) -> dict[str, Any]:
    identity = (
        f"diterima {row['received']} + pindah masuk {row['transferred_in']} = tersedia {row['in_stock']} "
        f"(dicadangkan {row['reserved']}) + tercetak {row['printed']} + rusak {row['spoiled']} "
        f"+ pindah keluar {row['transferred_out']} + hilang {row['missing']}"
    )
    return {column: row[column] for column in _BALANCE} | {"balanced": balanced(dict(row)), "identity": identity}
