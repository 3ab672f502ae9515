"""Applications at the counter: taken once, told without anything personal, found again."""

import asyncio
import json
from uuid import UUID, uuid4

import pytest

from shared.events.base import Event
from shared.events.intake import (
    ApplicationClearedForPrint,
    ApplicationRecorded,
    RecipientRegistered,
)
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.intake_cases import (
    CSV,
    FORM,
    KELURAHAN,
    PERSONAL,
    application,
    cancel,
    clear,
    nik,
    opened,
    post,
    recorded,
)


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake"))


def public(events: list[Event]) -> str:
    return " ".join(e.write().decode() for e in events if not isinstance(e, RecipientRegistered)).upper()


async def test_an_application_gets_its_numbers_and_is_told_without_anything_personal(intake: ServiceUnderTest) -> None:
    numbers = await recorded(intake, recorded_at="2026-11-03T08:15:00+07:00")
    assert numbers["office_number"] == "KTP/2026/11/000001"
    assert numbers["warnings"] == []
    told, recipient = await intake.said()
    assert isinstance(told, ApplicationRecorded)
    assert (str(told.application_id), told.document_kind, told.document_name) == (
        numbers["application_id"], "KTP_EL", "KTP-el",
    )  # fmt: skip
    assert (told.kelurahan_code, told.rw, told.reason) == (KELURAHAN, "011", "FIRST")
    assert isinstance(recipient, RecipientRegistered)
    assert recipient.full_name == "CONTOH BINTANG KEJORA"
    assert (recipient.nik_masked, recipient.phone) == ("3275********0001", "+6281234567890")
    assert (recipient.tracking_code, recipient.office_number) == (numbers["tracking_code"], numbers["office_number"])
    assert [word for word in (*PERSONAL, numbers["tracking_code"]) if word in public([told])] == []


async def test_a_nik_stands_nowhere_in_the_database_in_clear(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    stored = str(dict(await intake.pool.fetchrow("select * from application where id = $1", id_)))
    assert nik(1) not in stored
    assert FORM["kk"] not in stored
    shown = (await intake.http.get(f"/applications/{id_}")).text
    assert nik(1) not in shown
    assert json.loads(shown)["nik_masked"] == "3275********0001"


async def test_the_same_request_twice_takes_one_application(intake: ServiceUnderTest) -> None:
    first = await post(intake, "/applications", FORM, key="loket-1-0001")
    again = await post(intake, "/applications", FORM, key="loket-1-0001")
    assert (again.status_code, again.json(), again.headers["Idempotent-Replay"]) == (201, first.json(), "true")
    assert len(await intake.said(ApplicationRecorded)) == 1


async def test_a_person_has_one_live_application_of_a_kind_and_the_refusal_names_it(intake: ServiceUnderTest) -> None:
    standing = await recorded(intake)
    refusal = await post(intake, "/applications", {**FORM, "reason": "LOST", "nik": "3275 9901 0190 0001"})
    assert refusal.status_code == 409
    assert refusal.json()["code"] == "already-open"
    assert refusal.json()["application_id"] == standing["application_id"]
    assert (refusal.json()["office_number"], refusal.json()["state"]) == (standing["office_number"], "RECORDED")
    assert (await recorded(intake, document_kind="KK"))["office_number"].startswith("KK/")
    await cancel(intake, UUID(standing["application_id"]))
    await recorded(intake)


async def test_of_two_requests_for_one_person_at_the_same_moment_one_is_taken(intake: ServiceUnderTest) -> None:
    answers = await asyncio.gather(*(post(intake, "/applications", FORM) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert len(await intake.said(ApplicationRecorded)) == 1
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"already-open"}


async def test_a_newborn_is_known_by_family_name_and_birth_date(intake: ServiceUnderTest) -> None:
    born = {"document_kind": "AKTA_KELAHIRAN", "nik": None, "birth_date": "2026-11-01", "full_name": "Contoh Melati"}
    await recorded(intake, **born)
    assert (await post(intake, "/applications", {**FORM, **born, "full_name": "contoh  MELATI"})).status_code == 409
    await recorded(intake, **{**born, "full_name": "Contoh Mawar"})
    niks = [r.nik_masked for r in await intake.said(RecipientRegistered)]
    assert niks == [None, None]


async def test_documents_of_one_family_card_are_one_household(intake: ServiceUnderTest) -> None:
    await recorded(intake)
    await recorded(intake, nik=nik(2))
    await recorded(intake, nik=nik(3), kk="3275990101170002")
    first, second, third = [r.household_id for r in await intake.said(RecipientRegistered)]
    assert first == second != third


async def test_faults_are_told_by_field_and_never_repeat_what_was_written(intake: ServiceUnderTest) -> None:
    wrong = {**FORM, "nik": "3.27599E+15", "rw": "77", "full_name": "Bintang 007", "phone": "021-88958585"}
    answer = await post(intake, "/applications", wrong)
    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
        ("nik", "NIK_DIGITS_LOST"), ("full_name", "NAME_NOT_A_NAME"), ("phone", "PHONE_NOT_MOBILE"), ("rw", "UNKNOWN_RW"),
    ]  # fmt: skip
    assert not any(value in answer.text for value in ("3.27599E+15", "007", "88958585", "Rembulan"))
    assert await intake.said() == []


async def test_a_field_that_nobody_knows_is_refused(intake: ServiceUnderTest) -> None:
    answer = await post(intake, "/applications", {**FORM, "agama": "x", "nik": 3275990101900001})
    assert {e["field"] for e in answer.json()["errors"]} == {"agama", "nik"}
    assert nik(1) not in answer.text


async def test_office_numbers_run_for_each_kind_and_month(intake: ServiceUnderTest) -> None:
    days = [("2026-10-31T23:30:00+07:00", 1), ("2026-11-01T00:30:00+07:00", 2), ("2026-11-02T00:00:00+07:00", 3)]
    numbers = [(await recorded(intake, nik=nik(n), recorded_at=day))["office_number"] for day, n in days]
    numbers.append((await recorded(intake, document_kind="KK", recorded_at=days[1][0]))["office_number"])
    assert numbers == ["KTP/2026/10/000001", "KTP/2026/11/000001", "KTP/2026/11/000002", "KK/2026/11/000001"]


async def test_a_further_city_service_is_one_row_of_configuration(intake: ServiceUnderTest) -> None:
    await intake.pool.execute(
        """
        insert into document_kind (code, valid_from, name_id, name_en, office_prefix, blank_kind)
        values ('KIA', '2026-01-01', 'Kartu Identitas Anak', 'Child identity card', 'KIA', 'KIA_CARD')
        """
    )
    numbers = await recorded(intake, document_kind="Kartu Identitas Anak", recorded_at="2026-11-03T08:15:00+07:00")
    assert numbers["office_number"] == "KIA/2026/11/000001"
    await clear(intake, UUID(numbers["application_id"]))
    told = (await intake.said(ApplicationRecorded))[0]
    cleared = (await intake.said(ApplicationClearedForPrint))[0]
    assert (told.document_name, cleared.document_kind, cleared.blank_kind) == (
        "Kartu Identitas Anak",
        "KIA",
        "KIA_CARD",
    )
    before = await post(
        intake, "/applications", {**FORM, "document_kind": "KIA", "recorded_at": "2025-12-31T10:00:00Z"}
    )
    assert before.json()["errors"][0]["code"] == "KIND_NOT_IN_FORCE"


async def test_who_is_not_there_is_not_found(intake: ServiceUnderTest) -> None:
    id_ = uuid4()
    answers = [
        await intake.http.get(f"/applications/{id_}"), await clear(intake, id_), await cancel(intake, id_),
        await post(intake, f"/applications/{id_}/correction", {"rw": "1", "reason": "x"}),
        await intake.http.get(f"/imports/{id_}"), await intake.http.get(f"/imports/{id_}/refused.csv"),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {404}


async def test_applications_are_listed_in_order_and_without_anything_personal(intake: ServiceUnderTest) -> None:
    ids = [str(await application(intake, nik=nik(n))) for n in range(1, 6)]
    await clear(intake, UUID(ids[1]))
    first = (await intake.http.get("/applications", params={"limit": 3})).json()
    rest = (await intake.http.get("/applications", params={"limit": 3, "after": first["next"]})).json()
    assert [item["application_id"] for item in first["items"] + rest["items"]] == ids
    assert rest["next"] is None
    assert not any(word in json.dumps(first).upper() for word in PERSONAL)
    cleared = (await intake.http.get("/applications", params={"state": "CLEARED"})).json()["items"]
    assert [item["application_id"] for item in cleared] == [ids[1]]
    summary = (await intake.http.get("/summary")).json()
    assert (summary["by_state"]["RECORDED"], summary["by_state"]["CLEARED"], summary["by_kind"]) == (
        4,
        1,
        {"KTP_EL": 5},
    )


async def test_bad_neighbourhoods_are_listed_and_none_is_added(intake: ServiceUnderTest) -> None:
    bad = "kelurahan;rw\nPerwira;2\n" + "Cibinong;1\nPerwira;x\n" * 15
    answer = await intake.http.put("/rw", content=bad, headers=CSV)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 20
    assert answer.json()["errors"][0] == {
        "field": "baris 3: kelurahan", "code": "UNKNOWN_KELURAHAN",
        "message": "Kelurahan tidak dikenal. Tulis nama atau kode kelurahan di Kota Bekasi.",
    }  # fmt: skip
    assert await intake.pool.fetchval("select count(*) from rw") == 2
    again = await intake.http.put("/rw", content="kelurahan,rw\n32.75.01.1001,011\n3275031002,2\n", headers=CSV)
    assert again.json() == {"rw": 2}
    assert await intake.pool.fetchval("select count(*) from rw") == 3
