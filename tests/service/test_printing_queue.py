"""The queue: a place for everyone who is cleared, and blanks for its head."""

from datetime import date

from shared.events.intake import Reason, SuketExpiring, SuketRenewed
from shared.events.printing import (
    BlankAllocated,
    BlankReleased,
    DocumentPrinted,
    DocumentVoided,
    PrintOrderQueued,
    PrintOrderReclassified,
    PriorityClass,
)
from tests.conftest import Harness
from tests.service.printing_cases import (
    MORNING,
    application,
    cancelled,
    cleared,
    corrected,
    numbers,
    on_plain_paper,
    receive,
    states,
    stock_of,
)

MIXED = (
    cleared(1, reason=Reason.LOST),
    cleared(2),
    cleared(3, suket_expires_on=date(2017, 9, 20)),
    cleared(4, reason=Reason.FIRST),
    cleared(5, disaster_victim=True),
    cleared(6, reason=Reason.FIRST, minutes=-60),
    cleared(8, minutes=2),
    cleared(7, minutes=2),
)
ORDER_OF_SERVICE = [6, 4, 5, 3, 2, 7, 8, 1]


async def test_whoever_is_cleared_gets_a_place_and_is_told_the_class(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(cleared(1, reason=Reason.FIRST))
    [queued] = await printing.said()
    assert isinstance(queued, PrintOrderQueued)
    assert (queued.priority_class, queued.place_since, queued.policy_version, queued.site) == (
        PriorityClass.FIRST_HOLDER, cleared(1).cleared_at, 1, "DISDUKCAPIL",
    )  # fmt: skip


async def test_blanks_that_arrive_go_to_the_head_of_the_queue_in_its_order(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(*MIXED)
    answer = await receive(printing, 1, 5)
    assert (answer["in_stock"], answer["reserved"]) == (5, 5)
    allocated = await printing.said(BlankAllocated)
    assert [(e.application_id.int, e.position) for e in allocated] == [(6, 1), (4, 2), (5, 3), (3, 4), (2, 5)]
    assert {e.policy_version for e in allocated} == {1}
    await receive(printing, 6, 8)
    assert numbers(await printing.said(BlankAllocated)) == ORDER_OF_SERVICE
    assert [e.position for e in await printing.said(BlankAllocated)][5:] == [1, 2, 3]


async def test_the_order_of_arrival_changes_nothing(harness: Harness) -> None:
    printing = await harness("printing")
    for event in reversed(MIXED):
        await printing.hears(event)
    await receive(printing, 1, 8)
    assert numbers(await printing.said(BlankAllocated)) == ORDER_OF_SERVICE


async def test_whoever_is_cleared_while_blanks_are_free_gets_one_at_once(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 2)
    await printing.hears(cleared(1), cleared(2), cleared(3))
    assert await states(printing) == {1: "ALLOCATED", 2: "ALLOCATED", 3: "QUEUED"}
    stock = await stock_of(printing)
    assert (stock["in_stock"], stock["reserved"]) == (2, 2)


async def test_the_same_clearing_heard_again_gives_no_second_place(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(cleared(1))
    await printing.hears(cleared(1))
    assert len(await printing.said(PrintOrderQueued)) == 1


async def test_the_dry_run_names_exactly_those_who_then_get_the_blanks(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(*MIXED, *(cleared(n) for n in range(100, 2_600)))
    trial = (await printing.http.get("/queue/dry-run", params={"blanks": 2_300})).json()
    assert (trial["policy_version"], trial["waiting"]) == (1, 208)
    assert trial["by_class"] == {
        "FIRST_HOLDER": 2, "DISASTER": 1, "SUKET_EXPIRING": 1, "WAITING": 2_296, "REPLACEMENT": 0,
    }  # fmt: skip
    assert trial["would_get"][2]["why"] == "Urutan 3: korban bencana; siap cetak sejak 04-09-2017 08.05.00 WIB."
    assert "golongan" in trial["rule"]

    answer = await receive(printing, 1, 2_300)
    assert answer["reserved"] == 2_300
    assert len(await printing.said(BlankAllocated)) == 2_000  # the first part; the rest holds nobody up
    while await printing.parts.workers[0].step(printing.db):
        pass
    allocated = [(str(e.application_id), e.position, e.priority_class) for e in await printing.said(BlankAllocated)]
    assert allocated == [(w["application_id"], w["position"], w["priority_class"]) for w in trial["would_get"]]
    assert (await stock_of(printing))["reserved"] == 2_300


async def test_the_dry_run_leaves_out_who_has_a_blank_already_though_not_yet_told(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(*(cleared(n) for n in range(1, 2_011)))
    await receive(printing, 1, 2_005)
    trial = (await printing.http.get("/queue/dry-run", params={"blanks": 3})).json()
    assert [int(w["application_id"].replace("-", ""), 16) for w in trial["would_get"]] == [2_006, 2_007, 2_008]


async def test_the_blank_of_one_who_leaves_before_his_part_of_the_draw_goes_to_the_next(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(*(cleared(n) for n in range(1, 2_012)))
    await receive(printing, 1, 2_010)
    await printing.hears(cancelled(2_005))
    await printing.hears(cleared(9_999, reason=Reason.FIRST))
    while await printing.parts.workers[0].step(printing.db):
        pass
    allocated = numbers(await printing.said(BlankAllocated))
    assert allocated == [*range(1, 2_005), *range(2_006, 2_011), 9_999]
    assert await printing.said(BlankReleased) == []
    stock = await stock_of(printing)
    assert (stock["in_stock"], stock["reserved"]) == (2_010, 2_010)


async def test_blanks_that_come_during_a_draw_are_drawn_for_after_it(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(*(cleared(n) for n in range(1, 2_011)))
    await receive(printing, 1, 2_005)
    await receive(printing, 2_006, 2_020)
    while await printing.parts.workers[0].step(printing.db):
        pass
    allocated = [(e.application_id.int, e.position) for e in await printing.said(BlankAllocated)]
    assert allocated == [*((n, n) for n in range(1, 2_006)), *((2_005 + n, n) for n in range(1, 6))]
    assert (await stock_of(printing))["reserved"] == 2_010


async def test_a_cancelled_order_leaves_the_queue_without_a_word(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(cleared(1), cleared(2))
    await printing.hears(cancelled(1))
    await receive(printing, 1, 1)
    assert numbers(await printing.said(BlankAllocated)) == [2]
    assert await states(printing) == {1: "CANCELLED", 2: "ALLOCATED"}


async def test_a_reserved_blank_of_a_cancelled_order_goes_to_the_next_in_the_queue(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 1)
    await printing.hears(cleared(1), cleared(2))
    await printing.hears(cancelled(1))
    said = [
        (type(e).__name__, e.application_id.int) for e in (await printing.said())[-3:] if hasattr(e, "application_id")
    ]
    assert said[-2:] == [("BlankReleased", 1), ("BlankAllocated", 2)]
    stock = await stock_of(printing)
    assert (stock["in_stock"], stock["reserved"]) == (1, 1)


async def test_a_printed_document_of_a_cancelled_application_is_withdrawn_once(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 1)
    await printing.hears(cleared(1), on_plain_paper(2))
    await printing.works()
    await printing.hears(cancelled(1), cancelled(2), cancelled(1))
    await printing.hears(cancelled(1))
    assert sorted(numbers(await printing.said(DocumentVoided))) == [1, 2]
    assert await states(printing) == {1: "VOIDED", 2: "VOIDED"}
    assert (await stock_of(printing))["printed"] == 1


async def test_cleared_corrected_and_cancelled_in_one_poll_ends_without_a_blank(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 1)
    await printing.hears(cleared(1), corrected(1, "32.75.02.1001", "002"), cancelled(1))
    assert await states(printing) == {1: "CANCELLED"}
    assert (await stock_of(printing))["reserved"] == 0


async def test_a_cancellation_of_what_was_never_cleared_is_nothing_to_us(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(cancelled(1), corrected(2, "32.75.02.1001", "002"))
    assert await printing.said() == []
    assert await printing.parked() == []


async def test_the_document_goes_where_the_corrected_address_is(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(cleared(1), on_plain_paper(2))
    await printing.hears(corrected(1, "32.75.02.1001", "002"), corrected(1, "32.75.03.1002", "003"))
    await receive(printing, 1, 1)
    await printing.works()
    places = {e.application_id.int: (e.kelurahan_code, e.rw) for e in await printing.said(DocumentPrinted)}
    assert places == {1: ("32.75.03.1002", "003"), 2: ("32.75.01.1001", "011")}


async def test_what_is_printed_keeps_the_address_it_went_to(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(on_plain_paper(1))
    await printing.works()
    await printing.hears(corrected(1, "32.75.02.1001", "002"))
    assert await printing.pool.fetchval("select kelurahan_code from print_order") == "32.75.01.1001"


async def test_each_kind_of_blank_has_its_own_queue(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(cleared(1, document_kind="KIA", blank_kind="KIA"), cleared(2))
    await receive(printing, 1, 5)
    assert await states(printing) == {1: "QUEUED", 2: "ALLOCATED"}
    assert (await stock_of(printing, "DISDUKCAPIL/KIA"))["in_stock"] == 0


async def test_the_queue_is_counted_by_class(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(*MIXED, on_plain_paper(50))
    queue = (await printing.http.get("/queue", params={"site": "DISDUKCAPIL", "blank_kind": "KTP_EL"})).json()
    assert queue == {
        "policy_version": 1,
        "waiting": 8,
        "by_class": {"FIRST_HOLDER": 2, "DISASTER": 1, "SUKET_EXPIRING": 1, "WAITING": 3, "REPLACEMENT": 1},
    }
    assert (await printing.http.get("/queue", params={"blank_kind": "KIA"})).json()["waiting"] == 0
    assert (await printing.http.get("/queue/dry-run", params={"blanks": -1})).status_code == 422


async def test_an_order_tells_its_place_and_why(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(*MIXED)
    page = (await printing.http.get(f"/orders/{application(3)}")).json()
    assert (page["state"], page["position"], page["priority_class"]) == ("QUEUED", 4, "SUKET_EXPIRING")
    assert page["why"].startswith("Urutan 4: suket")
    assert page["place_since"] == "2017-09-04T01:03:00Z"
    unknown = await printing.http.get(f"/orders/{application(999)}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "order-unknown")
    assert MORNING.isoformat() not in unknown.text


def expiring(number: int, day: date) -> SuketExpiring:
    return SuketExpiring(application_id=application(number), suket_expires_on=day, noticed_at=MORNING)


def renewed(number: int, day: date) -> SuketRenewed:
    return SuketRenewed(application_id=application(number), suket_expires_on=day, renewed_at=MORNING)


SOON, LATER = date(2017, 9, 20), date(2018, 3, 20)


async def test_whose_suket_runs_out_while_waiting_is_served_before_the_ordinary_ones_by_the_same_time(
    harness: Harness,
) -> None:
    printing = await harness("printing")
    await printing.hears(cleared(1, suket_expires_on=date(2017, 12, 1)), cleared(2, suket_expires_on=LATER), cleared(3))
    await printing.hears(expiring(2, SOON))
    [moved] = await printing.said(PrintOrderReclassified)
    assert (moved.priority_class, moved.place_since) == (PriorityClass.SUKET_EXPIRING, cleared(2).cleared_at)
    await receive(printing, 1, 3)
    allocated = await printing.said(BlankAllocated)
    assert [(e.application_id.int, e.priority_class, e.place_since) for e in allocated] == [
        (2, "SUKET_EXPIRING", cleared(2).cleared_at),
        (1, "WAITING", cleared(1).cleared_at),
        (3, "WAITING", cleared(3).cleared_at),
    ]


async def test_whose_suket_was_renewed_goes_back_to_where_he_waited(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(cleared(1), cleared(2, suket_expires_on=SOON), cleared(3, suket_expires_on=SOON))
    await printing.hears_twice(renewed(2, LATER))
    assert [e.priority_class for e in await printing.said(PrintOrderReclassified)] == ["WAITING"]
    await receive(printing, 1, 3)
    assert numbers(await printing.said(BlankAllocated)) == [3, 1, 2]


async def test_a_suket_moves_neither_first_holders_nor_replacements_nor_whoever_has_a_blank(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 1)
    await printing.hears(cleared(1, suket_expires_on=LATER))
    await printing.hears(
        cleared(2, reason=Reason.LOST), cleared(3, reason=Reason.FIRST), cleared(4, disaster_victim=True)
    )
    await printing.hears(*(expiring(n, SOON) for n in (1, 2, 3, 4, 5)), on_plain_paper(6), expiring(6, SOON))
    assert await printing.said(PrintOrderReclassified) == []
    assert await printing.parked() == []
