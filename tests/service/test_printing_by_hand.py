"""The operator at a printer of his own: the card in his hand is bound when he scans it."""

from typing import Any

import pytest

from shared.events.printing import BlankAllocated, BlankSpoiled, DocumentPrinted, SpoilReason
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.printing_cases import (
    application,
    cancelled,
    cleared,
    letter,
    numbers,
    on_plain_paper,
    receive,
    scan,
    send,
    serial,
    states,
    stock_of,
)


async def by_hand(harness: Harness, blanks: int, *orders: int) -> ServiceUnderTest:
    printing = await harness("printing", printer="manual")
    await receive(printing, 1, blanks)
    await printing.hears(*(cleared(n) for n in orders))
    return printing


def refused(answer: Any) -> tuple[int, str]:
    assert answer.json()["title"].endswith(".")
    return answer.status_code, answer.json()["code"]


async def test_nothing_is_printed_until_the_operator_says_so(harness: Harness) -> None:
    printing = await by_hand(harness, 3, 1)
    await printing.works()
    assert await states(printing) == {1: "ALLOCATED"}


async def test_the_scanned_card_is_the_one_that_counts(harness: Harness) -> None:
    printing = await by_hand(harness, 3, 1, 2)
    answer = await scan(printing, 2, 3)
    assert (answer.status_code, answer.json()["state"], answer.json()["serial"]) == (200, "PRINTED", serial(3))
    [document] = await printing.said(DocumentPrinted)
    assert (document.application_id.int, document.serial) == (2, serial(3))
    stock = await stock_of(printing)
    assert (stock["in_stock"], stock["reserved"], stock["printed"]) == (2, 1, 1)


async def test_already_printed_on_this_card_is_success_and_changes_nothing(harness: Harness) -> None:
    printing = await by_hand(harness, 3, 1)
    first = await scan(printing, 1, 2)
    again = await scan(printing, 1, 2)
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(await printing.said(DocumentPrinted)) == 1
    assert (await stock_of(printing))["printed"] == 1


async def test_a_spoiled_card_sends_the_order_back_to_its_place_and_to_the_next_blank(harness: Harness) -> None:
    printing = await by_hand(harness, 2, 1, 2, 3)
    answer = await scan(printing, 1, 1, spoiled="CHIP_FAILED")
    assert (answer.status_code, answer.json()["state"], answer.json()["blanks_spoiled"]) == (200, "QUEUED", 1)
    [lost] = await printing.said(BlankSpoiled)
    assert (lost.application_id.int, lost.serial, lost.reason) == (1, serial(1), SpoilReason.CHIP_FAILED)
    assert (await scan(printing, 1, 1, spoiled="CHIP_FAILED")).status_code == 200  # said twice, lost once
    await receive(printing, 3, 4)
    assert numbers(await printing.said(BlankAllocated)) == [1, 2, 1, 3]
    assert (await scan(printing, 1, 3)).json()["state"] == "PRINTED"
    stock = await stock_of(printing)
    assert (stock["in_stock"], stock["reserved"], stock["printed"], stock["spoiled"]) == (2, 2, 1, 1)


@pytest.mark.parametrize("spoiled", [None, "PRINT_FAILED"])
async def test_a_card_that_cannot_be_the_one_is_refused_in_words_that_help(
    harness: Harness, spoiled: str | None
) -> None:
    printing = await by_hand(harness, 4, 1, 2, 3)
    await send(printing, "/stock/receipts", letter(101, 102, site="PONDOKGEDE"))
    await scan(printing, 1, 1)
    await scan(printing, 2, 2, spoiled="OTHER")
    assert refused(await scan(printing, 3, 999, spoiled)) == (422, "blank-unknown")
    assert refused(await scan(printing, 3, 101, spoiled)) == (409, "blank-elsewhere")
    assert refused(await scan(printing, 3, 1, spoiled)) == (409, "blank-used")
    assert refused(await scan(printing, 3, 2, spoiled)) == (409, "blank-spoiled")
    assert refused(await scan(printing, 1, 4, spoiled)) == (409, "printed-on-another")
    assert (await states(printing))[3] == "ALLOCATED"
    await stock_of(printing)


async def test_an_order_that_is_not_to_be_printed_now_is_refused(harness: Harness) -> None:
    printing = await by_hand(harness, 2, 1, 2, 3)
    await scan(printing, 1, 1)
    await printing.hears(cancelled(1), cancelled(2), cleared(4))
    assert refused(await scan(printing, 1, 1)) == (409, "document-voided")
    assert refused(await scan(printing, 2, 2)) == (409, "application-cancelled")
    assert refused(await scan(printing, 4, 2)) == (409, "no-blank-allocated")
    assert refused(await scan(printing, 99, 2)) == (404, "order-unknown")


async def test_plain_paper_needs_no_card_and_a_card_needs_a_scan(harness: Harness) -> None:
    printing = await by_hand(harness, 2, 1)
    await printing.hears(on_plain_paper(2))
    assert refused(await scan(printing, 2, 1)) == (422, "no-blank-needed")
    assert refused(await send(printing, f"/orders/{application(1)}/printed", {})) == (422, "serial-missing")
    assert refused(await scan(printing, 2, 1, spoiled="OTHER")) == (422, "no-blank-needed")
    answer = await send(printing, f"/orders/{application(2)}/printed", {})
    assert (answer.status_code, answer.json()["state"]) == (200, "PRINTED")
    assert (await send(printing, f"/orders/{application(2)}/printed", {})).status_code == 200
    assert numbers(await printing.said(DocumentPrinted)) == [2]


async def test_a_reason_outside_the_list_is_refused(harness: Harness) -> None:
    printing = await by_hand(harness, 2, 1)
    answer = await scan(printing, 1, 1, spoiled="COFFEE")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")
