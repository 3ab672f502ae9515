"""Applications on their way: cleared by the ministry's word, corrected before the print, cancelled before the door."""

import pytest

from shared.events.base import Event
from shared.events.intake import (
    ApplicationCancelled,
    ApplicationClearedForPrint,
    ApplicationCorrected,
    CentralStatusObserved,
    RecipientRegistered,
)
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.intake_cases import (
    FORM,
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


async def test_a_word_from_before_the_clearance_does_not_replace_it(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    await clear(intake, id_, at="2026-11-05T09:00:00+07:00")
    await clear(intake, id_, "PROCESSING", "2026-11-04T09:00:00+07:00")
    assert (await intake.http.get(f"/applications/{id_}")).json()["central_status"] == "PRR"


@pytest.mark.parametrize(
    ("status", "at", "code"),
    [
        ("p r r!", None, "STATUS_FORMAT"),
        ("PRR", "2999-01-01T00:00:00Z", "DATE_IN_FUTURE"),
        ("PRR", "0001-01-01T00:00:00+14:00", "DATE_IMPOSSIBLE"),
    ],
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
