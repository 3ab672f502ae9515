"""The ministry's words for many at once: pasted or sent, mirrored as they are, and held against our own record."""

import io
import zipfile
from datetime import date, datetime
from uuid import UUID

import openpyxl
import pytest
from httpx2 import Response

from services.intake import pasted
from shared.events.intake import ApplicationClearedForPrint, CentralStatusObserved
from shared.people import Role
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.people import someone
from tests.service.intake_cases import application, cancel, clear, nik, opened, recorded, state
from tests.service.test_intake_hearing import completed, handed_over, printed, returned

WATI = someone(Role.VERIFIER, name="Wati Contoh")
PATH = "/loket/status-pusat"


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake", import_batch=2))


async def paste(intake: ServiceUnderTest, *lines: str) -> Response:
    form = Page(await intake.browser(WATI).get(PATH)).form("status-pusat").filled(baris="\n".join(lines))
    return await intake.browser(WATI).post(PATH, data=form)


async def upload(intake: ServiceUnderTest, content: bytes, name: str = "status.xlsx") -> Response:
    form = Page(await intake.browser(WATI).get(PATH)).form("status-pusat").filled(baris=None)
    return await intake.browser(WATI).post(PATH, data=form, files={"berkas": (name, content)})


async def result(intake: ServiceUnderTest, answer: Response) -> Page:
    assert answer.status_code == 303, answer.text
    await intake.works()
    return Page(await intake.browser(WATI).get(answer.headers["location"]))


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


async def test_pasted_lines_are_mirrored_counted_and_clear_what_is_ready(intake: ServiceUnderTest) -> None:
    first, second = await recorded(intake), await recorded(intake, nik=nik(2))
    answer = await paste(
        intake,
        f"{first['office_number']} PRR 05-11-2026",
        f"{nik(2)}\tKTP-el\tSent for enrollment\t2026-11-05",
        f"{second['office_number']};WORD_OF_TOMORROW",
        "KTP/2026/11/999999 PRR",
    )
    page = await result(intake, answer)
    assert [c.application_id for c in await intake.said(ApplicationClearedForPrint)] == [UUID(first["application_id"])]
    assert {w.word for w in await intake.said(CentralStatusObserved)} == {"SENT_FOR_ENROLLMENT", "WORD_OF_TOMORROW"}
    assert "1 kata belum kami kenal" in page.text
    assert "Dikirim ke pusat, diperiksa" in page.text
    assert "Permohonan tidak ditemukan." in page.text
    assert nik(2) not in page.text


async def test_the_same_lines_sent_twice_on_a_day_are_known(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    first = await paste(intake, f"{case['office_number']} DUPLICATE_RECORD")
    await result(intake, first)
    again = await paste(intake, f"{case['office_number']} DUPLICATE_RECORD")
    assert again.status_code == 409
    assert Page(again).links["Lihat hasil berkas itu"] == first.headers["location"]
    assert len(await intake.said(CentralStatusObserved)) == 1


async def test_nothing_sent_comes_back_with_a_sentence(intake: ServiceUnderTest) -> None:
    answer = await paste(intake)
    assert (answer.status_code, "Tempel baris, atau pilih berkas." in answer.text) == (422, True)


async def test_a_workbook_is_taken_with_its_numbers_and_dates_as_they_are_meant(intake: ServiceUnderTest) -> None:
    case = await recorded(intake, nik=nik(5))
    content = workbook(
        ("NIK", "Jenis Dokumen", "Status", "Tanggal"),
        (int(nik(5)), "KTP-el", "PRR", datetime(2026, 11, 5)),  # noqa: DTZ001 - a workbook knows no zones
    )
    page = await result(intake, await upload(intake, content))
    assert await state(intake, UUID(case["application_id"])) == "CLEARED"
    [cleared] = await intake.said(ApplicationClearedForPrint)
    assert cleared.cleared_at.isoformat() == "2026-11-05T00:00:00+07:00"
    assert "status.xlsx" in page.text


async def test_a_csv_file_is_taken_as_well(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    await result(intake, await upload(intake, f"nomor,status\n{case['office_number']},PRR\n".encode(), "status.csv"))
    assert await state(intake, UUID(case["application_id"])) == "CLEARED"


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for n in range(5):
            file.writestr(f"xl/worksheets/sheet{n}.xml", b" " * (50 << 20))
    return packed.getvalue()


def with_entities() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("xl/workbook.xml", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "status"), [(bomb(), 413), (with_entities(), 422), (b"PK\x03\x04 broken", 422), (workbook(("a",)), 422)]
)
async def test_a_bomb_or_a_broken_workbook_is_refused_and_nothing_is_kept(
    intake: ServiceUnderTest, content: bytes, status: int
) -> None:
    answer = await upload(intake, content)
    assert answer.status_code == status, answer.text
    assert await intake.rows("select from import") == []


@pytest.mark.parametrize("areas", [("32.75.01",), ("32.75.01.1001",)])
async def test_words_about_the_whole_city_are_of_those_who_work_for_all_of_it(
    intake: ServiceUnderTest, areas: tuple[str, ...]
) -> None:
    assert (await intake.browser(someone(Role.VERIFIER, areas=areas)).get(PATH)).status_code == 403


async def test_a_fault_puts_the_case_into_its_queue_with_what_the_citizen_must_do(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    await result(intake, await paste(intake, f"{case['office_number']} EFAC"))
    page = Page(await intake.browser(WATI).get("/loket/antrean/bermasalah"))
    assert case["office_number"] in page.links
    assert "Perlu rekam ulang" in page.text


async def test_words_that_cannot_go_with_our_record_are_told_both_ways(intake: ServiceUnderTest) -> None:
    waiting, came_back, given, agrees = [await application(intake, nik=nik(n)) for n in range(1, 5)]
    for id_ in (came_back, given, agrees):
        await clear(intake, id_)
        await intake.hears(printed(id_), handed_over(id_))
    await intake.hears(returned(came_back), completed(given), completed(agrees))
    numbers = {row[0]: row[1] for row in await intake.rows("select id, office_number from application")}
    words = {waiting: "CARD_ISSUED", came_back: "CARD_SHIPPED", given: "SENT_FOR_ENROLLMENT", agrees: "CARD_ISSUED"}
    sent = await paste(intake, *(f"{numbers[id_]} {word}" for id_, word in words.items()))
    page = await result(intake, sent)
    expected = {numbers[waiting], numbers[came_back], numbers[given]}
    assert {text for text, address in page.links.items() if "/permohonan/" in address} == expected
    report = Page(await intake.browser(WATI).get(f"{PATH}/beda"))
    assert {text for text, address in report.links.items() if "/permohonan/" in address} == expected
    assert "Adakah kartu diserahkan tanpa kita?" in report.text
    table = (await intake.browser(WATI).get(f"{PATH}/beda.csv")).text
    assert {line.partition(",")[0] for line in table.splitlines()[1:]} == expected
    elsewhere = someone(Role.SUPERVISOR, areas=("32.75.02",))
    assert "Tidak ada yang berbeda." in (await intake.browser(elsewhere).get(f"{PATH}/beda")).text


async def test_a_cancelled_application_is_not_cleared_by_a_word_for_many(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    await cancel(intake, UUID(case["application_id"]))
    page = await result(intake, await paste(intake, f"{case['office_number']} PRR"))
    assert "Permohonan ini sudah selesai atau dibatalkan." in page.text


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("KTP/2026/11/000123 PRR", "KTP/2026/11/000123;;;PRR;"),
        ("KTP/2026/11/000123\tSENT FOR ENROLLMENT\t05-11-2026", "KTP/2026/11/000123;;;SENT FOR ENROLLMENT;05-11-2026"),
        ("3275990101900001, KTP-el, PRR", ";3275990101900001;KTP-el;PRR;"),
        ("3275990101900001 KK EFAC 2026-11-05", ";3275990101900001;KK;EFAC;2026-11-05"),
        ("PRR", ";PRR;;;"),
    ],
)
def test_pasted_lines_are_read_as_people_write_them(line: str, cells: str) -> None:
    header, row = pasted.as_csv(line, date(2026, 11, 25)).decode().splitlines()
    assert row == f"{cells};2026-11-25"
    assert header.startswith("nomor;nik;")
