"""Files of the ministry's words: each clears what it means once, however often it is sent."""

from uuid import UUID

import pytest

from shared.events.intake import ApplicationClearedForPrint, CentralStatusObserved, RecipientRegistered
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.intake_cases import application, cancel, clear, download, file, nik, opened, row, send


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake", import_batch=4))


async def clearances(intake: ServiceUnderTest, *lines: str) -> dict[str, object]:
    summary = await send(intake, "\n".join(lines), "/clearances")
    return {word: summary[word] for word in ("rows", "cleared", "already_cleared", "mirrored", "refused")}


async def test_a_file_of_the_ministrys_words_clears_by_office_number(intake: ServiceUnderTest) -> None:
    await send(intake, file(*(row(n) for n in range(1, 7))))
    numbers = [recipient.office_number for recipient in await intake.said(RecipientRegistered)]
    ids = [recipient.application_id for recipient in await intake.said(RecipientRegistered)]
    await cancel(intake, ids[5])
    content = [
        "nomor;status;tanggal",
        f"{numbers[0]};PRR;05-11-2026", f"{numbers[1].lower()};print ready record;2026-11-05T09:30:15+07:00",
        f"{numbers[2]};SENT_FOR_ENROLLMENT;05-11-2026", f"{numbers[0]};PRR;", "KTP/2026/11/999999;PRR;",
        f"{numbers[3]};;", f"{numbers[3]};PRR;01-01-2999", f"{numbers[5]};PRR;", f"{numbers[4]};DUPLICATE_RECORD;",
        f"{numbers[4]};PRR;",
    ]  # fmt: skip
    assert await clearances(intake, *content) == {
        "rows": 10,
        "cleared": 3,
        "already_cleared": 1,
        "mirrored": 2,
        "refused": 4,
    }
    cleared = await intake.said(ApplicationClearedForPrint)
    assert {c.application_id for c in cleared} == {ids[0], ids[1], ids[4]}
    assert [c.cleared_at.isoformat() for c in cleared if c.application_id in ids[:2]] == [
        "2026-11-05T00:00:00+07:00", "2026-11-05T09:30:15+07:00",
    ]  # fmt: skip
    words = {(w.application_id, w.word) for w in await intake.said(CentralStatusObserved)}
    assert words == {(ids[2], "SENT_FOR_ENROLLMENT"), (ids[4], "DUPLICATE_RECORD")}
    facts = await intake.said()
    again = await clearances(intake, *content[:9])
    assert again == {"rows": 8, "cleared": 0, "already_cleared": 3, "mirrored": 1, "refused": 4}
    assert await intake.said() == facts


async def test_refused_words_are_reported_by_row(intake: ServiceUnderTest) -> None:
    summary = await send(
        intake, "nomor,status,tanggal\nKTP/2026/11/000009,PRR,\nKTP/2026/11/000009,,kemarin\n", "/clearances"
    )
    lines = await download(intake, f"/clearances/{summary['clearance_id']}/refused.csv")
    assert [line[:3] for line in lines[1:]] == [["2", "nomor", "UNKNOWN_APPLICATION"], ["3", "status", "STATUS_FORMAT"]]
    assert summary["refused_by_code"] == {"STATUS_FORMAT": 1, "UNKNOWN_APPLICATION": 1}


async def test_a_file_of_the_ministrys_words_clears_by_nik_and_kind(intake: ServiceUnderTest) -> None:
    await send(intake, file(row(1), row(1, jenis_dokumen="KK"), row(2)))
    content = [
        "nik,jenis_dokumen,status,tanggal", "3275 9901 0190 0001,KTP-el,PRR,05-11-2026", f"{nik(2)},KK,PRR,",
        f"{nik(2)},SIM,PRR,", "3.27599E+15,KTP,PRR,",
    ]  # fmt: skip
    assert await clearances(intake, *content) == {
        "rows": 4,
        "cleared": 1,
        "already_cleared": 0,
        "mirrored": 0,
        "refused": 3,
    }
    by_state = (await intake.http.get("/summary")).json()["by_state"]
    assert (by_state["CLEARED"], by_state["RECORDED"]) == (1, 2)


async def test_a_nik_means_the_live_application_before_an_ended_one(intake: ServiceUnderTest) -> None:
    ended = await application(intake)
    await cancel(intake, ended)
    live = await application(intake)
    content = ["nik,jenis_dokumen,status", f"{nik(1)},KTP,PRR"]
    assert (await clearances(intake, *content))["cleared"] == 1
    assert (await intake.http.get(f"/applications/{live}")).json()["state"] == "CLEARED"
    assert (await clear(intake, UUID(str(live)))).json()["result"] == "already_cleared"
