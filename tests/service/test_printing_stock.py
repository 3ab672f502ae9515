"""Blanks: received by serial range, moved by the ledger alone, conserved whatever happens."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from shared.events.printing import BlanksReceived, BlankStockRanLow
from tests.conftest import Harness
from tests.service.printing_cases import STOCK, cancelled, cleared, letter, numbers, receive, send, serial, stock_of

NOW = datetime.now(UTC)


async def test_a_letter_of_a_thousand_puts_a_thousand_blanks_into_the_stock(harness: Harness) -> None:
    printing = await harness("printing")
    answer = await send(printing, "/stock/receipts", letter(1, 1000))
    assert answer.status_code == 201
    assert answer.json() == {"stock_id": STOCK, "received": 1000, "in_stock": 1000, "reserved": 0}
    stock = await stock_of(printing)
    assert (stock["received"], stock["in_stock"]) == (1000, 1000)
    assert stock["identity"] == (
        "diterima 1000 + pindah masuk 0 = tersedia 1000 (dicadangkan 0) + tercetak 0 + rusak 0 + pindah keluar 0 + hilang 0"
    )
    blanks = await printing.pool.fetch("select serial from blank order by pile")
    assert [b["serial"] for b in blanks] == [serial(n) for n in range(1, 1001)]
    [said] = await printing.said(BlanksReceived)
    assert (said.stock_id, said.first_serial, said.last_serial, said.quantity) == (STOCK, serial(1), serial(1000), 1000)


async def test_a_letter_that_names_another_number_than_its_range_is_refused(harness: Harness) -> None:
    printing = await harness("printing")
    answer = await send(printing, "/stock/receipts", letter(1, 998, quantity=1000))
    assert (answer.status_code, answer.json()["code"]) == (422, "quantity-mismatch")
    assert (await printing.http.get("/stock")).json() == []


async def test_known_serials_are_refused_and_the_first_are_named(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 10)
    answer = await send(printing, "/stock/receipts", letter(6, 15, site="PONDOKGEDE"))
    assert (answer.status_code, answer.json()["code"]) == (409, "serials-known")
    assert answer.json()["title"].startswith("5 nomor seri sudah tercatat: KA000006 (DISDUKCAPIL/KTP_EL), KA000007")
    assert (await stock_of(printing))["received"] == 10


async def test_the_same_letter_sent_twice_counts_once(harness: Harness) -> None:
    printing = await harness("printing")
    first = await send(printing, "/stock/receipts", letter(1, 10), key="surat-470-1234")
    again = await send(printing, "/stock/receipts", letter(1, 10), key="surat-470-1234")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replay"] == "true"
    assert (await stock_of(printing))["received"] == 10


async def test_overlapping_letters_at_the_same_moment_put_no_serial_into_the_store_twice(harness: Harness) -> None:
    printing = await harness("printing")
    letters = [letter(n, n + 9, site=site) for n, site in ((1, "DISDUKCAPIL"), (6, "PONDOKGEDE"), (11, "DISDUKCAPIL"))]
    answers = await asyncio.gather(*(send(printing, "/stock/receipts", body) for body in letters))
    assert sorted(a.status_code for a in answers) in ([201, 201, 409], [201, 409, 409])
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"serials-known"}
    books = (await printing.http.get("/stock")).json()
    assert sum(stock["received"] for stock in books) == 10 * sum(a.status_code == 201 for a in answers)
    assert all(stock["balanced"] for stock in books)


async def test_nobody_writes_into_the_books_past_the_ledger(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 3)
    for table in ("ledger", "receipt", "stock", "blank"):
        for change in ("update {} set stock_id = stock_id", "delete from {}", "truncate {} cascade"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await printing.pool.execute(change.format(table))
    assert (await stock_of(printing))["in_stock"] == 3


async def test_a_stock_opens_empty_and_a_blank_enters_by_a_letter_only(harness: Harness) -> None:
    printing = await harness("printing")
    with pytest.raises(asyncpg.RestrictViolationError):
        await printing.pool.execute(
            "insert into stock (stock_id, site, blank_kind, received, in_stock) values ('A/B', 'A', 'B', 5, 5)"
        )
    with pytest.raises(asyncpg.RestrictViolationError):
        await printing.pool.execute(
            "insert into blank (serial, stock_id, receipt_id) values ('X1', 'A/B', $1)", uuid4()
        )


BOOK = """
insert into ledger (stock_id, movement, quantity, serial, application_id, run_id, draw_id, at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def book(printing: Any, movement: str, quantity: int = 1, blank: int | None = None, stock: str = STOCK) -> None:
    await printing.pool.execute(
        BOOK, stock, movement, quantity, serial(blank) if blank else None, uuid4(), uuid4(), uuid4(), NOW
    )


async def test_the_database_refuses_what_would_break_conservation(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 3)
    with pytest.raises(asyncpg.CheckViolationError, match="stock_not_overdrawn"):
        await book(printing, "RESERVED", 4)
    with pytest.raises(asyncpg.CheckViolationError, match="stock_not_negative"):
        await book(printing, "RELEASED", 1)
    with pytest.raises(asyncpg.CheckViolationError, match="stock_not_negative"):
        await book(printing, "PRINTED", blank=1)  # was never reserved
    await book(printing, "RESERVED", 3)
    await book(printing, "PRINTED", blank=1)
    for movement in ("PRINTED", "SPOILED"):
        with pytest.raises(asyncpg.CheckViolationError, match="0 of them were in this stock"):
            await book(printing, movement, blank=1)  # left the stock already
        with pytest.raises(asyncpg.CheckViolationError, match="0 of them were in this stock"):
            await book(printing, movement, blank=99)  # never came
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await book(printing, "RESERVED", 1, stock="NOWHERE/KTP_EL")


async def test_even_a_ledger_gone_wrong_cannot_write_an_unbalanced_stock(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 3)
    await printing.pool.execute("alter table stock disable trigger stock_by_ledger")
    for column in ("received", "transferred_in", "in_stock", "printed", "spoiled", "transferred_out", "missing"):
        with pytest.raises(asyncpg.CheckViolationError, match="stock_conserved"):
            await printing.pool.execute(f"update stock set {column} = {column} + 1")
    await stock_of(printing)


async def test_a_blank_of_another_site_cannot_be_booked_here(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 3)
    await send(printing, "/stock/receipts", letter(11, 13, site="PONDOKGEDE"))
    await book(printing, "RESERVED", 1)
    with pytest.raises(asyncpg.CheckViolationError, match="0 of them were in this stock"):
        await book(printing, "PRINTED", blank=11)


async def test_the_ledger_gives_no_application_two_cards(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 3)
    await book(printing, "RESERVED", 2)
    person, run = uuid4(), uuid4()
    await printing.pool.execute(BOOK, STOCK, "PRINTED", 1, serial(1), person, run, None, NOW)
    with pytest.raises(asyncpg.UniqueViolationError, match="ledger_printed_once"):
        await printing.pool.execute(BOOK, STOCK, "PRINTED", 1, serial(2), person, run, None, NOW)


async def test_each_fall_under_the_warning_level_is_told_once(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 502)
    await printing.hears(*(cleared(n) for n in (1, 2)))
    assert await printing.said(BlankStockRanLow) == []
    await printing.hears(cleared(3))
    await printing.hears(cleared(4))
    [first] = await printing.said(BlankStockRanLow)
    assert (first.stock_id, first.available, first.warning_level) == (STOCK, 499, 500)

    await printing.hears(cancelled(1), cancelled(2))  # 500 again: not low
    await printing.hears(cleared(5))
    assert [low.available for low in await printing.said(BlankStockRanLow)] == [499, 499]


async def test_a_thousand_blanks_that_vanish_into_the_queue_at_once_are_a_fall_too(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(*(cleared(n) for n in range(1, 601)))
    await receive(printing, 1, 600)
    assert [low.available for low in await printing.said(BlankStockRanLow)] == [0]


async def test_wrong_bodies_are_answered_field_by_field(harness: Harness) -> None:
    printing = await harness("printing")
    for wrong, field in (
        ({"quantity": "banyak"}, "quantity"),
        ({"quantity": 0}, "quantity"),
        ({"letter_number": "  "}, "letter_number"),
        ({"site": "kantor pusat"}, "site"),
        ({"first_serial": ""}, "first_serial"),
        ({"colour": "blue"}, "colour"),
    ):
        answer = await send(printing, "/stock/receipts", letter(1, 3, **wrong))
        assert answer.status_code == 422, wrong
        assert field in {e["field"] for e in answer.json()["errors"]}
    assert numbers(await printing.said()) == []
