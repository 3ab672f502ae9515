"""Applications at the counter: taken once, corrected before the print, cancelled before the door."""

import asyncio
import json
from uuid import UUID, uuid4

import pytest

from shared.events.base import Event
from shared.events.intake import (
    ApplicationCancelled,
    ApplicationClearedForPrint,
    ApplicationCorrected,
    ApplicationRecorded,
    CentralStatusObserved,
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
    state,
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


async def test_an_application_is_cleared_once(intake: ServiceUnderTest) -> None:
    id_ = await application(intake, suket_expires_on="2026-12-31", disaster_victim=True)
    first = await clear(intake, id_, "prr", "2026-11-04T09:30:15+07:00")
    again = await clear(intake, id_, "PRINT_READY_RECORD")
    assert [a.json()["result"] for a in (first, again)] == ["cleared", "already_cleared"]
    (cleared,) = await intake.said(ApplicationClearedForPrint)
    assert cleared.blank_kind == "KTP_EL"
    assert cleared.cleared_at.isoformat() in ("2026-11-04T02:30:15+00:00", "2026-11-04T09:30:15+07:00")
    assert (str(cleared.suket_expires_on), cleared.disaster_victim) == ("2026-12-31", True)
    assert await state(intake, id_) == "CLEARED"


@pytest.mark.parametrize(
    ("day", "blank"), [("2020-06-30T23:59:00+07:00", "SECURITY_PAPER"), ("2020-07-01T00:01:00+07:00", None)]
)
async def test_what_a_family_card_is_printed_on_depends_on_the_day_it_is_cleared(
    intake: ServiceUnderTest, day: str, blank: str | None
) -> None:
    id_ = await application(intake, document_kind="KK", recorded_at="2020-06-01T08:00:00+07:00")
    await clear(intake, id_, at=day)
    assert [c.blank_kind for c in await intake.said(ApplicationClearedForPrint)] == [blank]


async def test_other_words_of_the_ministry_are_mirrored_and_clear_nothing(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    for word in ("Sent for enrollment", "SENT_FOR_ENROLLMENT", "DUPLICATE_RECORD"):
        assert (await clear(intake, id_, word)).json()["result"] == "mirrored"
    assert [w.word for w in await intake.said(CentralStatusObserved)] == ["SENT_FOR_ENROLLMENT", "DUPLICATE_RECORD"]
    assert await intake.said(ApplicationClearedForPrint) == []
    shown = (await intake.http.get(f"/applications/{id_}")).json()
    assert (shown["state"], shown["central_status"]) == ("RECORDED", "DUPLICATE_RECORD")


async def test_a_word_of_an_earlier_day_is_kept_and_does_not_replace_the_present_one(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    for day in (5, 4, 4):
        await clear(intake, id_, f"WORD_OF_{day}", f"2026-11-0{day}T09:00:00+07:00")
    assert [w.word for w in await intake.said(CentralStatusObserved)] == ["WORD_OF_5", "WORD_OF_4"]
    assert (await intake.http.get(f"/applications/{id_}")).json()["central_status"] == "WORD_OF_5"


@pytest.mark.parametrize(
    ("status", "at", "code"), [("p r r!", None, "STATUS_FORMAT"), ("PRR", "2999-01-01T00:00:00Z", "DATE_IN_FUTURE")]
)
async def test_a_word_that_cannot_be_is_refused(
    intake: ServiceUnderTest, status: str, at: str | None, code: str
) -> None:
    answer = await clear(intake, await application(intake), status, at)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_a_cancelled_application_is_not_cleared(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    await cancel(intake, id_)
    answer = await clear(intake, id_)
    assert (answer.status_code, answer.json()["code"]) == (409, "already-ended")
    assert await intake.said(ApplicationClearedForPrint) == []


async def test_a_correction_names_fields_and_gives_the_recipient_anew(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    changes = {
        "address": "Jl. Matahari No. 2",
        "kelurahan": "Margahayu",
        "rw": "1",
        "full_name": "contoh bintang kejora",
    }
    answer = await post(intake, f"/applications/{id_}/correction", {**changes, "phone": None, "reason": "salah ketik"})
    assert answer.json()["fields"] == ["address", "kelurahan", "phone", "rw"]
    (corrected,) = await intake.said(ApplicationCorrected)
    assert corrected.fields == ("address", "kelurahan", "phone", "rw")
    assert (corrected.kelurahan_code, corrected.rw) == ("32.75.01.1002", "001")
    assert "MATAHARI" not in public(await intake.said())
    before, after = await intake.said(RecipientRegistered)
    assert (after.address, after.phone, after.rw) == ("Jl. Matahari No. 2", None, "001")
    assert (after.tracking_code, after.office_number, after.household_id) == (
        before.tracking_code, before.office_number, before.household_id,
    )  # fmt: skip


async def test_a_correction_that_changes_nothing_says_nothing(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    answer = await post(intake, f"/applications/{id_}/correction", {"rw": "011", "reason": "periksa ulang"})
    assert answer.json() == {"fields": []}
    assert len(await intake.said()) == 2


async def test_a_corrected_nik_counts_as_the_person(intake: ServiceUnderTest) -> None:
    other = await application(intake, nik=nik(2))
    id_ = await application(intake)
    taken = await post(intake, f"/applications/{id_}/correction", {"nik": nik(2), "reason": "salah ketik"})
    assert (taken.status_code, taken.json()["code"]) == (409, "already-open")
    assert taken.json()["application_id"] == str(other)
    await post(intake, f"/applications/{id_}/correction", {"nik": nik(3), "reason": "salah ketik"})
    assert (await post(intake, "/applications", {**FORM, "nik": nik(3)})).status_code == 409
    await recorded(intake)


async def test_faults_in_a_correction_are_told_and_nothing_changes(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    answer = await post(intake, f"/applications/{id_}/correction", {"full_name": None, "rw": "9", "reason": "x"})
    assert {(e["field"], e["code"]) for e in answer.json()["errors"]} == {
        ("full_name", "REQUIRED"),
        ("rw", "UNKNOWN_RW"),
    }
    assert len(await intake.said()) == 2


async def test_what_gave_the_place_in_the_queue_is_fixed_once_cleared(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    change = {"suket_expires_on": "2026-12-01", "reason": "suket menyusul"}
    assert (await post(intake, f"/applications/{id_}/correction", change)).status_code == 200
    await clear(intake, id_)
    answer = await post(intake, f"/applications/{id_}/correction", {**change, "suket_expires_on": "2026-11-01"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already-cleared")
    assert (await post(intake, f"/applications/{id_}/correction", {"rt": "4", "reason": "x"})).status_code == 200


async def test_an_application_is_cancelled_once_and_with_a_reason(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    assert (await cancel(intake, id_, "BORED")).status_code == 422
    assert (await cancel(intake, id_, "DECEASED")).json()["state"] == "CANCELLED"
    again = await cancel(intake, id_)
    assert (again.status_code, again.json()["code"]) == (409, "already-cancelled")
    assert [c.reason for c in await intake.said(ApplicationCancelled)] == ["DECEASED"]


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
