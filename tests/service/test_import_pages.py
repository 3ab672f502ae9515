"""Bulk import as officers meet it: send a file, see how far it is, stop it, mend what was refused, send that."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.intake.background import forget_files
from shared.events.intake import ApplicationRecorded
from shared.people import Role
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest, build
from tests.people import someone
from tests.service.intake_cases import DIRTY, HEADER, PERSONAL, file, opened, row

OFFICER = someone(Role.COUNTER, name="Rina Contoh")


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake", import_batch=4))


@pytest.fixture
async def browser(intake: ServiceUnderTest) -> AsyncIterator[httpx2.AsyncClient]:
    async with intake.browser(OFFICER) as client:
        yield client


async def sent(browser: httpx2.AsyncClient, content: str | bytes, name: str = "loket.csv") -> httpx2.Response:
    """What comes of sending a file by the page's form."""
    page = Page(await browser.get("/loket/impor"))
    fields: Any = page.form("/loket/impor").filled()
    data = content.encode() if isinstance(content, str) else content
    return await browser.post("/loket/impor", data=fields, files={"berkas": (name, data, "text/csv")})


async def run_of(browser: httpx2.AsyncClient, content: str | bytes) -> str:
    """Sends a file that is taken; returns the path of its page."""
    answer = await sent(browser, content)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def pressed(browser: httpx2.AsyncClient, path: str, action: str) -> Page:
    """The page after its button was pressed."""
    form = Page(await browser.get(path)).form(action)
    answer = await browser.post(form.action, data=form.filled())
    assert answer.status_code == 303, answer.text
    return Page(await browser.get(answer.headers["location"]))


async def had_back(browser: httpx2.AsyncClient, path: str) -> tuple[str, list[list[str]]]:
    """The refused rows: the text, and its cells."""
    answer = await browser.get(f"{path}/ditolak.csv")
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    text = answer.content.decode("utf-8-sig")
    return text, list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.split("\n")[0] else ","))


async def one_step(intake: ServiceUnderTest) -> bool:
    """The worker takes one batch."""
    return await intake.parts.workers[0].step(intake.db)


async def test_a_file_waits_is_worked_through_in_the_background_and_its_page_tells_the_sum(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    path = await run_of(browser, DIRTY)
    waiting = await browser.get(path)
    assert "Menunggu giliran" in Page(waiting).text
    assert waiting.headers["refresh"] == "3"
    assert await intake.said(ApplicationRecorded) == []
    await one_step(intake)
    assert "4 dari sekitar" in Page(await browser.get(path)).text
    await intake.works()
    page = Page(await browser.get(path))
    assert "Selesai" in page.text
    assert "15 baris diproses = 5 diterima + 0 sudah ada sebelumnya + 10 ditolak" in page.text
    assert "RW ini tidak ada di kelurahan tersebut." in page.text
    assert "refresh" not in (await browser.get(path)).headers
    assert len(await intake.said(ApplicationRecorded)) == 5
    assert await intake.rows("select count(*) from import_piece") == [(0,)]
    assert await intake.rows(
        "select what, record from audit where who = $1 and what = 'file-of-applications'", OFFICER.subject
    ) == [("file-of-applications", path.rsplit("/", 1)[1])]


async def test_a_process_that_dies_half_way_leaves_the_rest_to_the_next_one(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    path = await run_of(browser, file(*(row(n) for n in range(1, 22))))
    await one_step(intake)
    await one_step(intake)
    heir = build("intake", str(intake.parts.settings.database_url.get_secret_value()), import_batch=3)
    while await heir.workers[0].step(intake.db):
        continue
    assert "21 baris diproses = 21 diterima" in Page(await browser.get(path)).text
    assert len(await intake.said(ApplicationRecorded)) == 21
    await intake.works()  # the one that was thought dead finds nothing to do
    assert len(await intake.said(ApplicationRecorded)) == 21


async def test_files_are_worked_through_one_at_a_time_in_the_order_in_which_they_came(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    first = await run_of(browser, file(*(row(n) for n in range(1, 9))))
    second = await run_of(browser, file(*(row(n) for n in range(21, 29))))
    for _ in range(2):
        await one_step(intake)
    assert "8 dari sekitar 8" in Page(await browser.get(first)).text
    assert "Menunggu giliran" in Page(await browser.get(second)).text
    await intake.works()
    assert "8 diterima" in Page(await browser.get(second)).text


async def test_a_stopped_file_rests_lets_others_pass_and_goes_on_where_it_was(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    path = await run_of(browser, file(*(row(n) for n in range(1, 11))))
    await one_step(intake)
    assert "Dihentikan" in (await pressed(browser, path, "/hentikan")).text
    other = await run_of(browser, file(row(31)))
    await intake.works()
    assert "1 baris diproses = 1 diterima" in Page(await browser.get(other)).text
    assert "4 baris diproses = 4 diterima" in Page(await browser.get(path)).text
    await pressed(browser, path, "/lanjutkan")
    await intake.works()
    assert "10 baris diproses = 10 diterima" in Page(await browser.get(path)).text


async def test_refused_rows_come_back_as_the_same_file_and_are_taken_once_mended(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    plain = file(row(1), row(2, rw="99"), row(3, rw="98", alamat='"Jl. Mawar, Blok A"'), row(4)).replace("\n", "\r\n")
    path = await run_of(browser, plain)
    await intake.works()
    text, cells = await had_back(browser, path)
    assert cells[0] == [*HEADER.split(","), "keterangan"]
    assert [line[-1] for line in cells[1:]] == [
        "Baris 3: RW ini tidak ada di kelurahan tersebut.",
        "Baris 4: RW ini tidak ada di kelurahan tersebut.",
    ]
    assert cells[2][:-1] == next(csv.reader([row(3, rw="98", alamat='"Jl. Mawar, Blok A"')]))
    mended = await run_of(browser, text.replace(",99,", ",11,"))
    await intake.works()
    assert "2 baris diproses = 1 diterima + 0 sudah ada sebelumnya + 1 ditolak" in Page(await browser.get(mended)).text
    again, cells = await had_back(browser, mended)
    assert (cells[0], len(cells)) == ([*HEADER.split(","), "keterangan"], 2)
    last = await run_of(browser, again.replace(",98,", ",11,"))
    await intake.works()
    assert "1 baris diproses = 1 diterima" in Page(await browser.get(last)).text
    assert len(await intake.said(ApplicationRecorded)) == 4


async def test_what_is_given_back_runs_in_no_spreadsheet_and_says_the_same_when_it_comes_again(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    content = file(row(1, rw="99", nama="=CMD()", no_hp="+6281234567890", alamat="-")).replace(",", ";")
    path = await run_of(browser, content)
    await intake.works()
    text, cells = await had_back(browser, path)
    assert not [cell for line in cells for cell in line if cell.startswith(("=", "+", "-", "@"))]
    assert ";'=CMD();'+6281234567890;'-;" in text
    await run_of(browser, text.replace(";99;", ";11;"))
    await intake.works()
    assert await intake.rows("select full_name, phone, address from application") == [("=CMD()", "+6281234567890", "-")]


async def test_rows_that_cannot_be_read_come_back_and_are_refused_again_until_mended(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    rows = [
        row(2, alamat="Jl. Caf\xe9").encode("latin-1"), row(3, alamat="Jl.\0").encode(),
        row(4, alamat="x" * 1_000_000).encode(), row(6, alamat="Jl. Mawar, Blok A").encode(),
        row(7, nama='"Bintang').encode(),
    ]  # fmt: skip
    path = await run_of(browser, b"\n".join([HEADER.encode(), *rows, b""]))
    await intake.works()
    text, cells = await had_back(browser, path)
    assert len(cells) == 6
    again = await run_of(browser, text)
    await intake.works()
    # The open quote has become part of the name, where it can be seen.
    assert "5 baris diproses = 1 diterima + 0 sudah ada sebelumnya + 4 ditolak" in Page(await browser.get(again)).text


async def test_the_same_file_is_not_taken_twice_and_the_page_leads_to_its_result(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    path = await run_of(browser, file(row(1)))
    await intake.works()
    answer = await sent(browser, file(row(1)), "namanya-lain.csv")
    page = Page(answer)
    assert (answer.status_code, "Berkas ini sudah diimpor" in page.text) == (409, True)
    assert path in page.links.values() or path in answer.text
    assert await intake.rows("select count(*) from import") == [(1,)]


async def test_a_form_pressed_twice_brings_one_file(intake: ServiceUnderTest, browser: httpx2.AsyncClient) -> None:
    fields: Any = Page(await browser.get("/loket/impor")).form("/loket/impor").filled()
    files = {"berkas": ("a.csv", file(row(1)).encode(), "text/csv")}
    answers = [await browser.post("/loket/impor", data=fields, files=files) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Berkas kosong."),
        (HEADER.encode(), "Berkas hanya berisi baris judul."),
        (b"PK\x03\x04" + bytes(3000), "Ini berkas lembar kerja (Excel). Simpan sebagai CSV UTF-8, lalu kirim lagi."),
        (row(1).encode(), "Baris judul tidak dikenali."),
        (b"\0\1\2\3\n", "Berkas ini bukan teks."),
        (",".join([HEADER, *(f"k{i}" for i in range(300))]).encode(), "Berkas berisi terlalu banyak kolom"),
        (b"nik,nama\n1,2\n", "Ada kolom wajib yang tidak ditemukan."),
    ],
)
async def test_a_file_that_cannot_be_meant_is_told_in_a_sentence_beside_the_form(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient, content: bytes, sentence: str
) -> None:
    answer = await sent(browser, content)
    assert answer.status_code == 422
    assert sentence in Page(answer).text
    assert Page(answer).form("/loket/impor")
    assert await intake.rows("select count(*) from import") == [(0,)]


async def test_no_file_chosen_is_told(browser: httpx2.AsyncClient) -> None:
    answer = await sent(browser, b"", "")
    assert (answer.status_code, "Pilih berkas CSV dahulu" in answer.text) == (422, True)


async def test_a_fault_of_ours_stops_that_file_alone_and_it_can_be_taken_up_again(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    await intake.pool.execute(
        """
        create function fault() returns trigger language plpgsql as
        $$ begin if new.row_number > 5 then raise 'a fault'; end if; return new; end $$;
        create trigger fault before insert on import_row for each row execute function fault();
        """
    )
    path = await run_of(browser, file(*(row(n) for n in range(1, 9))))
    other = await run_of(browser, file(row(21)))
    await intake.works()
    assert "Terhenti karena gangguan" in Page(await browser.get(path)).text
    assert "1 diterima" in Page(await browser.get(other)).text
    await intake.pool.execute("drop trigger fault on import_row")
    await pressed(browser, path, "/lanjutkan")
    await intake.works()
    assert "8 baris diproses = 8 diterima" in Page(await browser.get(path)).text


async def test_what_is_kept_of_a_file_is_sealed(intake: ServiceUnderTest, browser: httpx2.AsyncClient) -> None:
    await run_of(browser, file(*(row(n, rw="99") for n in range(1, 8)), row(9)))
    await one_step(intake)
    for table in ("import", "import_piece", "import_row", "import_refusal"):
        kept = str(await intake.rows(f"select t::text from {table} t")).upper()
        assert not [word for word in PERSONAL if word in kept or word.encode().hex().upper() in kept]


async def test_after_seven_days_nothing_is_kept_and_the_page_says_so(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    done = await run_of(browser, file(row(1), row(2, rw="99")))
    await intake.works()
    stopped = await run_of(browser, file(row(3), row(4, rw="99")))
    await pressed(browser, stopped, "/hentikan")
    await intake.pool.execute("update import set moved_at = now() - $1::interval", timedelta(days=6, hours=23))
    await forget_files(intake.db)
    assert (await browser.get(f"{done}/ditolak.csv")).status_code == 200
    await intake.pool.execute("update import set moved_at = now() - $1::interval", timedelta(days=7, hours=1))
    await forget_files(intake.db)
    assert (await browser.get(f"{done}/ditolak.csv")).status_code == 410
    assert "sudah dihapus setelah 7 hari" in Page(await browser.get(stopped)).text
    assert await intake.rows("select count(*) from import_piece") == [(0,)]
    assert await intake.rows("select count(*) from import_refusal where written_sealed is not null") == [(0,)]
    assert (await sent(browser, file(row(3), row(4, rw="99")))).status_code == 303


async def test_a_machine_may_leave_a_file_and_look_later(intake: ServiceUnderTest) -> None:
    headers = {"Content-Type": "text/csv", "Prefer": "respond-async"}
    answer = await intake.http.post("/imports", content=file(row(1)), headers=headers)
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "respond-async")
    assert (await intake.http.get(answer.headers["location"])).json()["state"] == "WAITING"
    await intake.works()
    assert (await intake.http.get(answer.headers["location"])).json()["taken"] == 1
    assert (await intake.http.post("/imports", content=file(row(1)), headers=headers)).status_code == 409


@pytest.mark.parametrize("person", [someone(Role.VERIFIER), someone(Role.COUNTER, areas=("32.75.01",))])
async def test_files_are_for_counter_and_administrator_of_the_whole_city(intake: ServiceUnderTest, person: Any) -> None:
    async with intake.browser(person) as client:
        assert (await client.get("/loket/impor")).status_code == 403
