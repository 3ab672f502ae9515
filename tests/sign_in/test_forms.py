"""Forms: sent by our page and this session alone; one that comes after the session's end goes on after the sign-in."""

from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from fastapi import FastAPI

from shared.people import Person, Role
from shared.people.drafts import KEPT_SECONDS
from shared.people.session import COOKIE
from tests.browsing import Form, Page
from tests.people import bearer, session_cookie, someone
from tests.sign_in.desk import Browser

SARI = someone(Role.COUNTER, name="Sari Contoh")
BAYU = Person("bayu", "Bayu Contoh", SARI.roles, SARI.areas)
TYPED = {"nama": 'Ibu <Ani> & "Ali"', "isi": "dua\r\nbaris", "kotak": ["1", "2"]}


def sits_down(browser: Browser, person: Person, used_seconds_ago: float = 0) -> None:
    """This person's session is in the browser."""
    browser.service.cookies.clear()
    browser.service.cookies.set(COOKIE, session_cookie(person, used_seconds_ago=used_seconds_ago)[COOKIE])


@pytest.fixture
async def browser(offline: FastAPI) -> AsyncIterator[Browser]:
    browser = Browser(offline)
    sits_down(browser, SARI)
    yield browser
    await browser.close()


async def form(browser: Browser) -> Form:
    """The form of the page, as it is shown to whoever is there."""
    return Page(await browser.get("/kecil")).form("/catatan")


async def effects(pool: asyncpg.Pool) -> list[str]:
    return [row["what"] for row in await pool.fetch("select what from effect order by id")]


async def test_a_form_of_our_page_acts_once_however_often_it_is_pressed(browser: Browser, pool: asyncpg.Pool) -> None:
    sent = (await form(browser)).filled(nama="Ani")
    answers = [await browser.service.post("/kecil/catatan", data=sent) for _ in range(3)]
    assert [(a.status_code, a.headers["location"]) for a in answers] == [(303, "/kecil?tersimpan=1")] * 3
    assert await effects(pool) == ["isi=&nama=Ani"]


async def test_a_form_without_our_field_is_refused(browser: Browser, pool: asyncpg.Pool) -> None:
    for field in (None, "", "x", "x.y", "." * 50):
        sent = (await form(browser)).filled({"_formulir": field}, nama="Ani")
        answer = await browser.service.post("/kecil/catatan", data=sent)
        assert (answer.status_code, Page(answer).headings) == (403, ["Formulir ini tidak berlaku lagi"])
    assert await effects(pool) == []


async def test_a_form_with_the_field_of_another_session_is_refused(
    browser: Browser, offline: FastAPI, another: Callable[..., Browser], pool: asyncpg.Pool
) -> None:
    forms = offline.state.doors.forms
    sent = (await form(browser)).filled({"_formulir": forms.new("session-of-somebody-else")})
    assert (await browser.service.post("/kecil/catatan", data=sent)).status_code == 403
    assert await effects(pool) == []


async def test_a_machine_that_sends_a_form_of_a_page_is_told_where_its_way_is(
    browser: Browser, offline: FastAPI, pool: asyncpg.Pool
) -> None:
    sent = (await form(browser)).filled(nama="Ani")
    browser.service.cookies.clear()
    for data in (sent, {"nama": "Ani"}):
        answer = await browser.service.post("/kecil/catatan", data=data, headers=bearer(SARI))
        assert answer.status_code == 403
        assert "mesin memakai API" in answer.text
    assert await effects(pool) == []


async def test_a_file_in_place_of_our_field_is_refused(browser: Browser) -> None:
    answer = await browser.service.post("/kecil/catatan", files={"_formulir": ("x", b"x")})
    assert answer.status_code == 403


async def late(browser: Browser, **more: object) -> str:
    """A filled form is sent when the session has ended; where the sign-in is to lead back to."""
    sent = (await form(browser)).filled(**TYPED)  # type: ignore[arg-type]
    sits_down(browser, SARI, 31 * 60)
    answer = await browser.service.post("/kecil/catatan", data=sent, **more)  # type: ignore[arg-type]
    assert answer.status_code == 303
    there = urlsplit(answer.headers["location"])
    assert there.path == "/kecil/masuk"
    (back,) = parse_qs(there.query)["ke"]
    assert back.startswith("/kecil/lanjutkan/")
    return back


async def test_a_form_that_comes_after_the_end_goes_on_with_all_its_fields(
    browser: Browser, pool: asyncpg.Pool
) -> None:
    back = await late(browser)
    assert await effects(pool) == []
    sits_down(browser, SARI)
    page = Page(await browser.get(back))
    assert page.headings == ["Isian Anda masih ada"]
    answer = await browser.service.post("/kecil/catatan", data=page.form("/catatan").filled())
    assert (answer.status_code, answer.headers["location"]) == (303, "/kecil?tersimpan=1")
    assert await effects(pool) == ['nama=Ibu <Ani> & "Ali"&isi=dua\r\nbaris&kotak=1&kotak=2']


async def test_however_often_it_goes_on_it_acts_once(browser: Browser, pool: asyncpg.Pool) -> None:
    back = await late(browser)
    sits_down(browser, SARI)
    for _ in range(3):
        shown = Page(await browser.get(back)).form("/catatan").filled()
        assert (await browser.service.post("/kecil/catatan", data=shown)).status_code == 303
    assert len(await effects(pool)) == 1


async def test_another_person_does_not_get_to_see_it(browser: Browser) -> None:
    back = await late(browser)
    sits_down(browser, BAYU)
    answer = await browser.get(back)
    assert (answer.status_code, Page(answer).headings) == (404, ["Isian itu tidak ada lagi"])
    assert "Ani" not in answer.text
    sits_down(browser, SARI)
    assert (await browser.get(back)).status_code == 200


async def test_nobody_else_can_read_it_where_it_is_kept(browser: Browser, pool: asyncpg.Pool) -> None:
    await late(browser)
    sealed = await pool.fetchval("select sealed from draft")
    assert "Ani" not in sealed
    assert len(sealed.split(".")) == 5


async def test_it_is_forgotten_with_the_next_one_after_its_time(browser: Browser, pool: asyncpg.Pool) -> None:
    await late(browser)
    await pool.execute("update draft set at = at - make_interval(secs => $1)", KEPT_SECONDS + 1.0)
    sits_down(browser, SARI)
    await late(browser)
    assert await pool.fetchval("select count(*) from draft") == 1


async def test_a_file_that_was_chosen_is_asked_for_again(browser: Browser) -> None:
    back = await late(browser, files={"berkas": ("surat.pdf", b"%PDF")})
    sits_down(browser, SARI)
    page = await browser.get(back)
    assert '<input type="file" id="berkas" name="berkas" required>' in page.text
    assert 'enctype="multipart/form-data"' in page.text


async def test_what_no_page_of_ours_sent_is_not_kept(browser: Browser, pool: asyncpg.Pool) -> None:
    sits_down(browser, SARI, 31 * 60)
    for sent in ({"nama": "x"}, {"nama": "x", "_formulir": "a.b"}):
        answer = await browser.service.post("/kecil/catatan", data=sent)
        assert (answer.status_code, answer.headers["location"]) == (303, "/kecil/masuk")
    browser.service.cookies.clear()
    assert (await browser.service.post("/kecil/catatan", data={"nama": "x"})).headers["location"] == "/kecil/masuk"
    assert await pool.fetchval("select count(*) from draft") == 0


async def test_a_language_that_is_asked_for_stays_and_the_session_goes_on(browser: Browser) -> None:
    sits_down(browser, SARI, 10 * 60)
    answer = await browser.get("/kecil?bahasa=en")
    assert answer.headers["Content-Language"] == "en"
    assert {cookie.name for cookie in browser.service.cookies.jar} >= {"antar_bahasa", COOKIE}
    assert any(line.startswith(f"{COOKIE}=") for line in answer.headers.get_list("set-cookie"))
    assert (await browser.get("/kecil")).headers["Content-Language"] == "en"
