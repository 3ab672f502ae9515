"""The case page: what it shows, and what officers can do from it, which is what the state allows and nothing else."""

from uuid import UUID

import pytest

from shared.events.intake import (
    ApplicationCancelled,
    ApplicationClearedForPrint,
    ApplicationCorrected,
    ApplicationMadeComplete,
    ApplicationRecorded,
    ApplicationRejected,
    ApplicationReturnedForCompletion,
)
from shared.people import Person, Role
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.people import someone
from tests.service.intake_cases import clear, nik, opened, recorded, state
from tests.service.test_intake_hearing import completed, handed_over, printed

SARI = someone(Role.COUNTER, name="Sari Contoh")
WATI = someone(Role.VERIFIER, name="Wati Contoh")


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake"))


def path_of(case: dict[str, str]) -> str:
    return f"/loket/permohonan/{case['office_number'].replace('/', '-')}"


async def opens(intake: ServiceUnderTest, path: str, who: Person = WATI) -> Page:
    return Page(await intake.browser(who).get(path))


async def takes(intake: ServiceUnderTest, case: dict[str, str], step: str, who: Person = WATI, **values: str) -> Page:
    """The officer opens the step's page, fills it in and sends it."""
    path = f"{path_of(case)}/{step}"
    page = await opens(intake, path, who)
    assert page.status == 200, page.text
    return Page(await intake.browser(who).post(path, data=page.form(step).filled(values)))


async def offered(intake: ServiceUnderTest, case: dict[str, str], who: Person = WATI) -> set[str]:
    page = await opens(intake, path_of(case), who)
    return {address.rpartition("/")[2] for address in page.links.values() if address.startswith(path_of(case) + "/")}


async def test_a_case_shows_its_facts_with_the_numbers_masked_and_the_look_is_kept(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    page = await opens(intake, path_of(case), SARI)
    assert "CONTOH BINTANG KEJORA" in page.text
    assert "3275********0001" in page.text
    assert nik(1) not in page.text
    assert "Pusat memeriksa data" in page.text
    looks = await intake.rows("select what, record from audit where who = $1", SARI.subject)
    assert looks == [("looked", case["application_id"])]


async def test_a_case_opens_by_its_id_as_well_for_links_from_other_services(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    assert (await opens(intake, f"/loket/permohonan/{case['application_id']}")).status == 200
    assert (await opens(intake, "/loket/permohonan/KTP-2026-11-999999")).status == 404


async def test_a_case_of_elsewhere_is_not_shown_and_the_attempt_is_kept(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    elsewhere = someone(Role.COUNTER, areas=("32.75.02",))
    assert (await opens(intake, path_of(case), elsewhere)).status == 403
    assert (await intake.rows("select result from audit where who = $1", elsewhere.subject))[-1] == ("403",)


async def test_only_what_the_state_allows_is_offered(intake: ServiceUnderTest) -> None:
    case = await recorded(intake, suket_expires_on="2026-12-01")
    assert await offered(intake, case) == {"siak", "koreksi", "kembalikan", "suket", "batalkan", "tolak"}
    assert await offered(intake, case, SARI) == {"koreksi", "kembalikan", "suket", "batalkan"}
    await clear(intake, _id(case))
    assert await offered(intake, case, SARI) == {"koreksi", "suket", "batalkan"}
    await intake.hears(printed(_id(case)))
    assert await offered(intake, case, SARI) == {"batalkan"}
    await intake.hears(handed_over(_id(case)))
    assert await offered(intake, case, SARI) == set()


def _id(case: dict[str, str]) -> UUID:
    return UUID(case["application_id"])


async def test_a_step_that_is_not_possible_is_refused_with_the_reason_also_when_its_form_was_open(
    intake: ServiceUnderTest,
) -> None:
    case = await recorded(intake)
    path = f"{path_of(case)}/batalkan"
    form = (await opens(intake, path)).form("batalkan")
    await intake.hears(printed(_id(case)), handed_over(_id(case)))
    answer = Page(await intake.browser(WATI).post(path, data=form.filled(alasan="DUPLICATE")))
    assert answer.status == 409
    assert "Minta dokumen dikembalikan dahulu" in answer.text
    assert (await opens(intake, path)).status == 409
    assert await intake.said(ApplicationCancelled) == []


async def test_a_cancellation_names_what_follows_and_acts_once(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    await clear(intake, _id(case))
    path = f"{path_of(case)}/batalkan"
    page = await opens(intake, path)
    assert "Tempat dalam antrean dilepas" in page.text
    assert "Dicatat atas nama Wati Contoh" in page.text
    browser, data = intake.browser(WATI), page.form("batalkan").filled(alasan="DECEASED")
    first, again = await browser.post(path, data=data), await browser.post(path, data=data)
    assert (first.status_code, first.headers["location"]) == (303, path_of(case))
    assert (again.status_code, again.headers["location"]) == (303, path_of(case))
    assert [c.reason for c in await intake.said(ApplicationCancelled)] == ["DECEASED"]
    shown = await opens(intake, path_of(case))
    assert "Dibatalkan" in shown.text
    assert "Pemohon meninggal" in shown.text


async def test_a_cancellation_without_a_reason_comes_back_and_changes_nothing(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    page = await takes(intake, case, "batalkan")
    assert (page.status, await state(intake, _id(case))) == (422, "RECORDED")
    assert "Pilih alasannya." in page.text


async def test_an_application_waits_for_what_is_missing_and_goes_on_when_it_is_there(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    assert (await takes(intake, case, "kembalikan")).status == 422
    assert (await takes(intake, case, "kembalikan", kurang="OLD_CARD")).status == 303
    [returned] = await intake.said(ApplicationReturnedForCompletion)
    assert returned.missing == ("OLD_CARD",)
    page = await opens(intake, path_of(case))
    assert "Kelengkapan dari pemohon: KTP lama atau suket" in page.text
    assert (await takes(intake, case, "lengkap", SARI)).status == 303
    assert len(await intake.said(ApplicationMadeComplete)) == 1
    assert await state(intake, _id(case)) == "RECORDED"


async def test_what_the_ministry_clears_while_something_is_missing_is_cleared_on_the_day_it_is_complete(
    intake: ServiceUnderTest,
) -> None:
    case = await recorded(intake)
    await takes(intake, case, "kembalikan", kurang="FAMILY_CARD")
    assert (await clear(intake, _id(case), "PRR", "2026-11-05T09:00:00+07:00")).json()["result"] == "mirrored"
    assert await intake.said(ApplicationClearedForPrint) == []
    await takes(intake, case, "lengkap")
    [cleared] = await intake.said(ApplicationClearedForPrint)
    [made] = await intake.said(ApplicationMadeComplete)
    assert cleared.cleared_at == made.completed_at
    assert await state(intake, _id(case)) == "CLEARED"


async def test_a_rejected_application_has_ended_and_its_person_may_apply_again(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    assert (await takes(intake, case, "tolak", alasan="NOT_RESIDENT")).status == 303
    assert [r.reason for r in await intake.said(ApplicationRejected)] == ["NOT_RESIDENT"]
    assert (await clear(intake, _id(case))).status_code == 409
    await recorded(intake)
    assert await offered(intake, case) == {"siak", "buka-lagi"}
    again = await takes(intake, case, "buka-lagi")
    assert again.status == 409
    assert "sudah mempunyai permohonan" in again.text


async def test_a_cancelled_application_goes_on_in_a_new_one_with_its_old_place(intake: ServiceUnderTest) -> None:
    case = await recorded(intake, recorded_at="2026-09-01T09:00:00+07:00")
    await clear(intake, _id(case), "PRR", "2026-10-05T09:00:00+07:00")
    await takes(intake, case, "batalkan", alasan="RECORDED_IN_ERROR")
    answer = await takes(intake, case, "buka-lagi")
    assert answer.status == 303
    old, new = await intake.said(ApplicationRecorded)
    assert (new.continues, new.recorded_at) == (old.application_id, old.recorded_at)
    before, after = await intake.said(ApplicationClearedForPrint)
    assert (after.application_id, after.cleared_at) == (new.application_id, before.cleared_at)
    page = await opens(intake, path_of(case))
    assert "Dilanjutkan sebagai" in page.text
    twice = Page(await intake.browser(WATI).get(f"{path_of(case)}/buka-lagi"))
    refused = await intake.browser(WATI).post(f"{path_of(case)}/buka-lagi", data=twice.form("buka-lagi").filled())
    assert refused.status_code == 409


async def test_one_that_was_never_cleared_gets_its_place_on_the_day_it_is(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    await clear(intake, _id(case), "SENT_FOR_ENROLLMENT", "2026-11-05T09:00:00+07:00")
    await takes(intake, case, "tolak", alasan="NOT_COMPLETED")
    await takes(intake, case, "buka-lagi")
    assert await intake.said(ApplicationClearedForPrint) == []
    new = (await intake.said(ApplicationRecorded))[1].application_id
    shown = (await intake.http.get(f"/applications/{new}")).json()
    assert (shown["state"], shown["central_status"]) == ("RECORDED", "SENT_FOR_ENROLLMENT")


async def test_a_delivered_document_leaves_nothing_to_do(intake: ServiceUnderTest) -> None:
    case = await recorded(intake, recorded_at="2026-11-01T09:00:00+07:00")
    await clear(intake, _id(case), at="2026-11-02T09:00:00+07:00")
    await intake.hears(printed(_id(case)), handed_over(_id(case)), completed(_id(case)))
    assert await offered(intake, case, SARI) == set()
    page = await opens(intake, path_of(case), SARI)
    order = [page.text.index(word) for word in ("Permohonan diterima", "Dokumen dicetak", "Diterima pemohon")]
    assert order == sorted(order)


async def test_a_doubt_is_checked_once_and_a_correction_asks_for_it_anew(intake: ServiceUnderTest) -> None:
    case = await recorded(intake, birth_date="1991-01-01")
    assert "Petugas mencocokkan tanda periksa" in (await opens(intake, path_of(case))).text
    assert (await takes(intake, case, "cocok")).status == 303
    page = await opens(intake, path_of(case))
    assert "Sudah dicocokkan" in page.text
    assert "cocok" not in await offered(intake, case)
    await corrects(intake, case, WATI, rt="4")
    assert "cocok" in await offered(intake, case)


async def corrects(intake: ServiceUnderTest, case: dict[str, str], who: Person, **values: str) -> Page:
    """Form, review, correction."""
    path = f"{path_of(case)}/koreksi"
    form = (await opens(intake, path, who)).form("koreksi/periksa")
    review = Page(
        await intake.browser(who).post(f"{path}/periksa", data=form.filled({"alasan": "salah ketik", **values}))
    )
    if review.status != 200:
        return review
    return Page(await intake.browser(who).post(path, data=review.form("koreksi").filled(ubah=None)))


async def test_a_correction_is_looked_at_before_it_is_made_and_keeps_before_and_after_sealed(
    intake: ServiceUnderTest,
) -> None:
    case = await recorded(intake)
    assert (await corrects(intake, case, SARI, address="Jl. Matahari No. 2")).status == 303
    [fact] = await intake.said(ApplicationCorrected)
    assert fact.fields == ("address",)
    [(who, fields, sealed)] = await intake.rows("select who, fields, changed_sealed from correction")
    assert (who, fields) == ("Sari Contoh", ["address"])
    assert b"Matahari" not in sealed
    page = await opens(intake, path_of(case))
    assert "Dikoreksi: Alamat" in page.text
    assert "salah ketik" in page.text


async def test_a_faulty_correction_comes_back_with_what_was_typed(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    page = await corrects(intake, case, SARI, rw="99", address="Jl. Baru 1")
    assert page.status == 422
    assert "RW ini tidak ada di kelurahan tersebut." in page.text
    filled = page.form("periksa").filled()
    assert (filled["address"], filled["birth_date"]) == ("Jl. Baru 1", "01-01-1990")
    assert "Nama lengkap: Wajib diisi." in (await corrects(intake, case, SARI, full_name="")).links
    faulty = await corrects(intake, case, SARI, full_name="", nik="12", phone="x")
    assert [text for text in faulty.links if text.startswith(("Nama lengkap", "NIK", "Nomor HP"))] == [
        "Nama lengkap: Wajib diisi.", "NIK harus 16 angka.", "Nomor HP hanya boleh berisi angka."
    ], "in the order of the form"  # fmt: skip
    assert (await corrects(intake, case, SARI)).status == 422
    assert (await corrects(intake, case, SARI, rt="9", alasan="")).status == 422
    assert await intake.said(ApplicationCorrected) == []


async def test_of_two_officers_on_one_case_the_second_is_told_and_overwrites_nothing(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    path = f"{path_of(case)}/koreksi"
    mine = (await opens(intake, path, SARI)).form("periksa").filled(address="Jl. Kedua 2", alasan="pindah")
    review = Page(await intake.browser(SARI).post(f"{path}/periksa", data=mine)).form("koreksi").filled(ubah=None)
    assert (await corrects(intake, case, WATI, address="Jl. Pertama 1")).status == 303
    for answer in (
        await intake.browser(SARI).post(path, data=review),
        await intake.browser(SARI).post(f"{path}/periksa", data=mine),
    ):
        page = Page(answer)
        assert page.status == 409
        assert "Wati Contoh mengubah data ini" in page.text
        assert "Jl. Pertama 1" in page.text
        assert "Jl. Kedua 2" in page.text
    assert [f.fields for f in await intake.said(ApplicationCorrected)] == [("address",)]
    assert (await intake.http.get(f"/applications/{case['application_id']}")).json()["address"] == "Jl. Pertama 1"


async def test_a_step_taken_from_an_old_page_is_told_of_the_change(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    path = f"{path_of(case)}/batalkan"
    form = (await opens(intake, path)).form("batalkan").filled(alasan="DUPLICATE")
    await corrects(intake, case, SARI, rt="4")
    page = Page(await intake.browser(WATI).post(path, data=form))
    assert (page.status, await state(intake, _id(case))) == (409, "RECORDED")
    assert "Sari Contoh mengubah data ini" in page.text


async def test_a_form_that_came_back_with_a_fault_is_still_of_the_case_as_it_was_seen(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    path = f"{path_of(case)}/batalkan"
    old = (await opens(intake, path, WATI)).form("batalkan")
    assert (await corrects(intake, case, SARI, address="Jl. Matahari No. 2")).status == 303
    faulty = Page(await intake.browser(WATI).post(path, data=old.filled(alasan="")))
    assert faulty.status == 422
    told = await intake.browser(WATI).post(path, data=faulty.form("batalkan").filled(alasan="APPLICANT_REQUEST"))
    assert told.status_code == 409
    assert await intake.said(ApplicationCancelled) == []


async def test_a_case_leads_to_what_its_applicant_sees_and_to_the_centre_for_one(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    page = await opens(intake, path_of(case), WATI)
    assert any("/lacak/" in address for address in page.links.values())
    centre = await opens(intake, page.links["Catat status pusat"])
    assert centre.form("status-pusat").filled()["baris"].strip() == case["office_number"]
    assert "Catat status pusat" not in (await opens(intake, path_of(case), SARI)).links


async def test_the_whole_nik_is_shown_for_a_reason_only_and_hides_itself(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    operator = someone(Role.PRINTER)
    path = f"{path_of(case)}/siak"
    asked = await intake.browser(operator).get(path)
    assert nik(1) not in asked.text
    browser, form = intake.browser(operator), Page(asked).form("siak")
    assert nik(1) not in (await browser.post(path, data=form.filled())).text
    assert nik(1) not in (await browser.post(path, data=form.filled(alasan="PRINT", putaran=nik(2)))).text
    again = Page(await browser.post(path, data=form.filled(putaran="17"))).form("siak")
    assert again.filled()["putaran"] == "17", "what was typed is not typed twice"
    shown = await browser.post(path, data=form.filled(alasan="PRINT", putaran="17"))
    assert nik(1) in shown.text
    assert shown.headers["refresh"].startswith("120;url=/loket/permohonan/")
    [(details,)] = await intake.rows("select details from audit where what = 'looked-at-nik'")
    assert '"why": "PRINT"' in details
    assert nik(2) not in str(await intake.rows("select * from audit"))
    assert (await intake.browser(SARI).get(path)).status_code == 403


async def test_the_family_sees_its_other_documents(intake: ServiceUnderTest) -> None:
    case, other = await recorded(intake), await recorded(intake, document_kind="KK")
    page = await opens(intake, path_of(case))
    assert page.links[other["office_number"]] == path_of(other)


async def test_every_sentence_of_the_case_can_be_read_in_english(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    page = Page(await intake.browser(WATI).get(f"{path_of(case)}?bahasa=en"))
    assert "What can be done" in page.text
    assert "Yang dapat" not in page.text
