"""One family, one visit to the counter: checked, looked at, recorded once."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.events.intake import ApplicationRecorded, RecipientRegistered
from shared.people import Role
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.people import someone
from tests.service.counter_cases import ADDRESS, CARD, FAMILY, MOTHER, OFFICER, ONE, OTHER, SON, Counter
from tests.service.intake_cases import cancel, opened


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake"))


@pytest.fixture
def counter(intake: ServiceUnderTest) -> Counter:
    return Counter(intake)


async def numbers(intake: ServiceUnderTest) -> list[tuple[Any, ...]]:
    return await intake.rows("select office_number from application order by id")


async def test_what_a_family_asks_for_in_one_visit_is_one_registration_of_one_household(
    intake: ServiceUnderTest, counter: Counter
) -> None:
    address = await counter.registers({**ADDRESS, **MOTHER, **BABY_AS_SECOND, **CARD})
    kinds = await intake.rows("select document_kind, reason, household_id, phone, rw, rt from application order by id")
    assert [(kind, reason) for kind, reason, *_ in kinds] == [
        ("KTP_EL", "DAMAGED"),
        ("AKTA_KELAHIRAN", "FIRST"),
        ("KK", "DATA_CHANGED"),
    ]
    assert len({tuple(rest) for _, _, *rest in kinds}) == 1
    lines = await intake.rows("select registration_id, position, relation from registration_application order by 2")
    assert {str(id_) for id_, _, _ in lines} == {address.rsplit("/", 1)[1]}
    assert [line[1:] for line in lines] == [(1, "WIFE"), (2, "CHILD"), (3, "WIFE")]
    assert await intake.rows("select who from registration") == [(OFFICER.subject,)]
    assert len(await intake.said(ApplicationRecorded)) == 3
    assert len({event.household_id for event in await intake.said(RecipientRegistered)}) == 1


BABY_AS_SECOND = {
    "nama2": "Melati Wulandari",
    "hubungan2": "CHILD",
    "lahir2": "01.11.2026",
    "jk2": "P",
    "dokumen2": ["AKTA_KELAHIRAN"],
    "alasan2-AKTA_KELAHIRAN": "FIRST",
}


async def test_each_recorded_application_is_in_the_audit_with_its_officer(
    intake: ServiceUnderTest, counter: Counter
) -> None:
    await counter.registers(FAMILY)
    recorded = await intake.rows("select who, record from audit where what = 'recorded' order by id")
    applications = await intake.rows("select id from application order by id")
    assert recorded == [(OFFICER.subject, str(id_)) for (id_,) in applications]
    assert len(recorded) == 5


async def test_a_second_press_leads_to_the_same_receipt_and_records_nothing(
    intake: ServiceUnderTest, counter: Counter
) -> None:
    review = await counter.checks(FAMILY)
    first, second = await asyncio.gather(counter.confirms(review), counter.confirms(review))
    assert first.headers["location"] == second.headers["location"]
    assert len(await numbers(intake)) == 5
    assert len(await intake.rows("select id from registration")) == 1


async def test_who_goes_back_after_recording_and_checks_again_is_shown_what_runs_already(
    intake: ServiceUnderTest, counter: Counter
) -> None:
    await counter.registers(ONE)
    answer = await counter.sends("/loket/daftar/periksa", ONE)
    page = Page(answer)
    assert answer.status_code == 422
    assert page.links["Buka permohonan itu"].startswith("/loket/permohonan/KTP-")
    assert "KTP-el sudah dimohonkan" in page.text
    assert "kini diterima" in page.text
    assert len(await numbers(intake)) == 1


async def test_two_officers_with_the_same_person_at_once_the_second_is_told_and_nothing_of_the_family_is_half_recorded(
    intake: ServiceUnderTest,
) -> None:
    one, other = Counter(intake), Counter(intake, OTHER)
    reviews = [await one.checks(ONE), await other.checks({**ADDRESS, **MOTHER, **SON, "kk": "3275990301120008"})]
    answers = await asyncio.gather(one.confirms(reviews[0]), other.confirms(reviews[1]))
    by_status = {answer.status_code: answer for answer in answers}
    assert set(by_status) == {303, 409}
    page = Page(by_status[409])
    assert "KTP-el sudah dimohonkan" in page.text
    assert page.form("/daftar/periksa").filled()["nama1"] == "Sartika Wulandari"
    assert len(await numbers(intake)) == (1 if by_status[409] is answers[1] else 3)
    assert len(await intake.said(ApplicationRecorded)) == len(await numbers(intake))


async def test_two_officers_do_not_renew_the_same_family_card(intake: ServiceUnderTest) -> None:
    one, other = Counter(intake), Counter(intake, OTHER)
    son = {"nama1": "Bagas Prasetyo", "nik1": SON["nik2"], "hubungan1": "CHILD"}
    mother = {name: text for name, text in MOTHER.items() if name not in ("dokumen1", "alasan1-KTP_EL")}
    reviews = [await one.checks({**ADDRESS, **mother, **CARD}), await other.checks({**ADDRESS, **son, **CARD})]
    answers = await asyncio.gather(one.confirms(reviews[0]), other.confirms(reviews[1]))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert await intake.rows("select document_kind from application") == [("KK",)]


async def test_whoever_ended_an_application_may_register_again(intake: ServiceUnderTest, counter: Counter) -> None:
    await counter.registers(ONE)
    [(id_,)] = await intake.rows("select id from application")
    assert (await cancel(intake, id_)).status_code == 200
    await counter.registers(ONE)
    assert len(await numbers(intake)) == 2


async def test_the_family_card_is_asked_for_by_the_head_where_the_head_is_there(
    intake: ServiceUnderTest, counter: Counter
) -> None:
    father = {"nama2": "Prasetyo Contoh", "nik2": "3275990703700001", "hubungan2": "HEAD"}
    review = await counter.checks({**ADDRESS, **MOTHER, **father, **CARD})
    assert "Atas nama Prasetyo Contoh" in review.text
    await counter.confirms(review)
    assert await intake.rows("select full_name from application where document_kind = 'KK'") == [("PRASETYO CONTOH",)]


async def test_a_session_that_ended_over_the_sheet_goes_on_with_all_that_was_typed(intake: ServiceUnderTest) -> None:
    counter = Counter(intake)
    form = (await counter.opens()).form("/daftar/periksa").filled()
    late = intake.browser(OFFICER, used_seconds_ago=3600)
    answer = await late.post("/loket/daftar/periksa", data={**form, **FAMILY})
    assert answer.status_code == 303
    [way_back] = parse_qs(urlsplit(answer.headers["location"]).query)["ke"]
    resumed = Page(await counter.browser.get(way_back))
    again = resumed.form("/loket/daftar/periksa")
    review = Page(await counter.browser.post(again.action, data=again.filled()))
    assert review.status == 200
    assert (await counter.confirms(review)).status_code == 303
    assert len(await numbers(intake)) == 5


async def test_a_place_outside_the_officers_area_is_refused(intake: ServiceUnderTest) -> None:
    elsewhere = Counter(intake, someone(Role.COUNTER, areas=("32.75.04",)))
    assert (await elsewhere.sends("/loket/daftar/periksa", ONE)).status_code == 403
    review = await Counter(intake).checks(ONE)
    form = review.form("/daftar/catat").filled()
    own = (await elsewhere.opens()).form("/daftar/periksa").filled()["_formulir"]
    answer = await elsewhere.browser.post("/loket/daftar/catat", data={**form, "_formulir": own})
    assert answer.status_code == 403
    assert await numbers(intake) == []


async def test_the_menu_of_places_holds_only_those_of_the_officer(counter: Counter) -> None:
    page = await counter.opens()
    assert "Bekasijaya" in page.text
    assert "Kayuringin" not in page.text


async def test_home_counts_what_was_recorded_today(intake: ServiceUnderTest, counter: Counter) -> None:
    assert "Belum ada permohonan hari ini." in (await counter.opens("/loket")).text
    await counter.registers(FAMILY)
    await Counter(intake, OTHER).registers({**ONE, "nik1": "3275995402740004", "kk": "3275990301120009"})
    text = (await counter.opens("/loket")).text
    assert "Dicatat oleh Anda 5" in text
    assert "Dicatat semua loket 6" in text
    assert "Tidak ada yang perlu dilengkapi." in text
