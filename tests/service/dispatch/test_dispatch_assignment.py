"""Which courier brings a document, in whatever order the facts arrive."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.base import Event
from shared.events.dispatch import DeliveryAssigned, DocumentReturned, ReturnReason
from shared.events.intake import RECIPIENT
from tests.service.dispatch.city import KAYURINGIN, NOON, City, attempt, cancelled, printed, recipient, voided


async def test_a_printed_document_goes_to_the_courier_of_the_recipients_rw(city: City) -> None:
    one = uuid4()
    await city.hears(recipient(one), printed(one))
    (said,) = await city.said(DeliveryAssigned)
    assert (said.application_id, said.courier_badge, said.kelurahan_code, said.rw) == (
        one,
        "TKK-0411",
        KAYURINGIN,
        "011",
    )
    shown = await city.delivery(one)
    assert (shown["state"], shown["holder"], shown["courier_badge"]) == ("ASSIGNED", "OFFICE", "TKK-0411")


async def test_a_document_printed_before_its_recipient_is_known_waits_and_nothing_is_parked(city: City) -> None:
    one = uuid4()
    await city.hears(printed(one))
    assert (await city.delivery(one))["state"] == "WAITING_FOR_RECIPIENT"
    assert await city.said() == []
    assert await city.service.parked() == []
    await city.hears(recipient(one))
    assert (await city.delivery(one))["state"] == "ASSIGNED"


async def test_an_rw_without_courier_is_a_visible_list_until_the_roster_arrives(empty_city: City) -> None:
    here, there = uuid4(), uuid4()
    await empty_city.hears(recipient(here), printed(here), recipient(there, "012"), printed(there))
    uncovered = (await empty_city.http.get("/uncovered")).json()
    assert uncovered == [
        {"kelurahan_code": KAYURINGIN, "rw": "011", "waiting": 1},
        {"kelurahan_code": KAYURINGIN, "rw": "012", "waiting": 1},
    ]
    assert (await empty_city.roster()).json() == {"couriers": 3, "assigned": 2}
    assert {e.courier_badge for e in await empty_city.said(DeliveryAssigned)} == {"TKK-0411", "TKK-0412"}
    assert (await empty_city.http.get("/uncovered")).json() == []


async def test_a_correction_before_the_hand_over_gives_the_document_to_the_other_rw(city: City) -> None:
    one = uuid4()
    await city.hears(recipient(one, "011"), printed(one))
    await city.hears(recipient(one, "012"))
    assert [e.courier_badge for e in await city.said(DeliveryAssigned)] == ["TKK-0411", "TKK-0412"]
    assert (await city.delivery(one))["rw"] == "012"


async def test_a_correction_within_the_rw_assigns_nobody_anew(city: City) -> None:
    one = uuid4()
    await city.hears(recipient(one), printed(one))
    await city.hears(recipient(one, address="Gang Kenari III No. 1"))
    assert len(await city.said(DeliveryAssigned)) == 1


async def test_a_correction_after_the_hand_over_leaves_the_document_with_its_courier(city: City) -> None:
    one = await city.with_courier()
    await city.hears(recipient(one, "012", address="Jalan Merak No. 7"))
    shown = await city.delivery(one)
    assert (shown["state"], shown["courier_badge"], shown["rw"]) == ("WITH_COURIER", "TKK-0411", "011")
    (item,) = (await city.http.get("/couriers/TKK-0411/items")).json()
    assert item["address"] == "Jalan Merak No. 7"


async def test_a_new_courier_of_the_rw_gets_what_waits_and_the_old_one_keeps_what_he_carries(city: City) -> None:
    carried = await city.with_courier()
    waiting = uuid4()
    await city.hears(recipient(waiting), printed(waiting))
    await city.roster(f"kelurahan,rw,badge,nama,hp\n{KAYURINGIN},11,TKK-0999,Dewi Uji,\n")
    assert (await city.delivery(carried))["courier_badge"] == "TKK-0411"
    assert (await city.delivery(waiting))["courier_badge"] == "TKK-0999"
    listed = (await city.http.get("/couriers")).json()
    rows = {(c["badge"], c["assigned"], c["carrying"]) for c in listed if c["rw"] == "011"}
    assert rows == {("TKK-0411", 0, 1), ("TKK-0999", 1, 0)}


async def test_the_same_roster_twice_assigns_nothing_anew(city: City) -> None:
    one = uuid4()
    await city.hears(recipient(one), printed(one))
    assert (await city.roster()).json() == {"couriers": 3, "assigned": 0}
    assert len(await city.said(DeliveryAssigned)) == 1


@pytest.mark.parametrize("order", [0, 1, 2])
async def test_a_cancelled_application_ends_at_the_office_whenever_the_cancellation_is_heard(
    city: City, order: int
) -> None:
    one = uuid4()
    facts: list[Event] = [recipient(one), printed(one)]
    facts.insert(order, cancelled(one))
    for fact in facts:
        await city.hears(fact)
    shown = await city.delivery(one)
    assert (shown["state"], shown["holder"], shown["return_reason"]) == ("RETURNED", "OFFICE", "APPLICATION_CANCELLED")
    assert [e.reason for e in await city.said(DocumentReturned)] == [ReturnReason.APPLICATION_CANCELLED]
    assert (await city.hand_over(one)).status_code == 409


async def test_a_cancellation_before_any_print_is_not_a_delivery(city: City) -> None:
    one = uuid4()
    await city.hears(recipient(one), cancelled(one))
    assert (await city.http.get(f"/deliveries/{one}")).status_code == 404
    assert (await city.http.get("/summary")).json()["by_state"] == {}
    assert await city.said() == []


async def test_cancelled_and_voided_together_return_the_document_once(city: City) -> None:
    one = uuid4()
    await city.hears(recipient(one), printed(one), voided(one), cancelled(one))
    assert len(await city.said(DocumentReturned)) == 1


@pytest.mark.parametrize("stage", ["WITH_COURIER", "WAITING_FOR_ROUTE", "HELD_FOR_PICKUP", "ASSIGNED"])
async def test_a_cancellation_after_the_hand_over_calls_the_document_back(city: City, stage: str) -> None:
    one = await city.with_courier()
    if stage == "WAITING_FOR_ROUTE":
        await city.reports(attempt(one, "WRONG_RW"))
    if stage == "HELD_FOR_PICKUP":
        await city.reports(*(attempt(one, "NOT_AT_HOME") for _ in range(3)))
    if stage == "ASSIGNED":
        await city.post(f"/deliveries/{one}/route", {"kelurahan": KAYURINGIN, "rw": "012"})
    before = await city.delivery(one)
    assert before["state"] == stage
    await city.hears(cancelled(one))
    shown = await city.delivery(one)
    assert (shown["state"], shown["holder"]) == ("RECALLED", before["holder"])
    assert await city.said(DocumentReturned) == []
    back = await city.post(f"/deliveries/{one}/return", {"reason": "APPLICATION_CANCELLED"})
    assert (back.json()["state"], back.json()["holder"]) == ("RETURNED", "OFFICE")


async def test_a_cancellation_after_the_end_changes_nothing(city: City) -> None:
    one = await city.with_courier()
    await city.reports(attempt(one, "DECEASED"))
    before = await city.delivery(one)
    await city.hears(cancelled(one))
    assert await city.delivery(one) == before


async def test_a_document_printed_anew_after_its_return_is_delivered_with_three_visits_of_its_own(city: City) -> None:
    one = await city.with_courier()
    await city.reports(attempt(one, "NOT_AT_HOME"), attempt(one, "DATA_ERROR_ON_CARD"))
    await city.hears(printed(one))
    shown = await city.delivery(one)
    assert (shown["state"], shown["attempts"], shown["round"]) == ("ASSIGNED", 0, 2)
    await city.hand_over(one)
    results = await city.reports(*(attempt(one, "NOT_AT_HOME", acted_at=NOON + timedelta(days=n)) for n in range(3)))
    assert [r["state"] for r in results] == ["WITH_COURIER", "WITH_COURIER", "HELD_FOR_PICKUP"]


async def test_a_second_print_of_a_document_that_is_out_changes_nothing(city: City) -> None:
    one = await city.with_courier()
    before = await city.delivery(one)
    await city.hears(printed(one))
    assert await city.delivery(one) == before


async def test_the_same_facts_heard_again_change_nothing(city: City) -> None:
    one = uuid4()
    records = await city.hears(recipient(one), printed(one))
    said = await city.said()
    await city.service.replays(records)
    assert await city.said() == said


async def test_an_erased_recipient_leaves_no_personal_data_behind(city: City) -> None:
    one = await city.with_courier()
    await city.service.hears_erased(RECIPIENT, str(one))
    (item,) = (await city.http.get("/couriers/TKK-0411/items")).json()
    assert (item["short_name"], item["address"], item["phone"], item["nik_masked"]) == (None, None, None, None)
    assert await _found_anywhere(city, "Kenari", "Sartika", "81234567890") == []


async def test_facts_and_lists_carry_no_personal_data(city: City) -> None:
    one = await city.with_courier()
    await city.reports(attempt(one, "NOT_AT_HOME"))
    texts = [e.model_dump_json() for e in await city.said()]
    for path in ("/deliveries", f"/deliveries/{one}", "/couriers", "/summary", "/uncovered"):
        texts.append((await city.http.get(path)).text)
    for secret in ("Sartika", "Kenari", "81234567890", "3275********", "BKS-7F3K9Q2M", "000123"):
        assert not [text for text in texts if secret in text], secret
    # The courier gets what finds the door, and no more: no e-mail, no tracking code, no whole name.
    (item,) = (await city.http.get("/couriers/TKK-0411/items")).json()
    assert item["short_name"] == "Sartika U. W."
    assert await _found_anywhere(city, "Wulandari", "contoh.test", "7F3K9Q2M") == []


async def _found_anywhere(city: City, *words: str) -> list[str]:
    tables = await city.service.pool.fetch(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    found: list[str] = []
    for (table,) in tables:
        rows: list[Any] = await city.service.pool.fetch(f'select t::text from "{table}" t')
        found += [f"{table}: {word}" for (row,) in rows for word in words if word in row]
    return found


async def test_documents_are_listed_by_state_page_by_page(city: City) -> None:
    ids = sorted([await city.with_courier() for _ in range(3)])
    await city.reports(attempt(ids[1], "DECEASED"))
    first = (await city.http.get("/deliveries?limit=2")).json()
    assert [UUID(d["application_id"]) for d in first] == ids[:2]
    rest = (await city.http.get(f"/deliveries?limit=2&after={ids[1]}")).json()
    assert [UUID(d["application_id"]) for d in rest] == ids[2:]
    (returned,) = (await city.http.get("/deliveries?state=RETURNED")).json()
    assert returned["application_id"] == str(ids[1])
    assert (await city.http.get("/summary")).json() == {
        "by_state": {"RETURNED": 1, "WITH_COURIER": 2},
        "by_outcome": {"DECEASED": 1},
        "by_holder": {"COURIER": 2, "OFFICE": 1},
    }
