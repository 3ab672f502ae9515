"""Signing in and out as a browser does it, against the provider that `antar start` has, over HTTP."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI

from shared.http.address import PublicAddress
from shared.people import Role
from shared.people.leaving import COOKIE as LEAVING
from shared.people.session import COOKIE
from shared.people.signin import FAILURES_PER_MINUTE, TRIES_PER_MINUTE
from shared.people.ways import local_path
from tests.browsing import Page
from tests.people import session_cookie, someone
from tests.sign_in.conftest import Server
from tests.sign_in.desk import Browser, asked
from tools.embedded.provider.people import sample_people

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")  # the mock's own affair


async def test_who_asks_for_a_page_signs_in_and_gets_that_page(browser: Browser, pool: asyncpg.Pool) -> None:
    sent = await browser.get("/kecil?rw=011&cari=a%26b")
    assert sent.status_code == 303
    signed_in = await browser.signs_in("loket3", sent.headers["location"])
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/kecil?rw=011&cari=a%26b")
    page = await browser.get(signed_in.headers["location"])
    assert (page.status_code, Page(page).headings) == (200, ["Catatan"])
    assert "Sari Kencanawati · Loket 3" in Page(page).text
    assert [tuple(r) for r in await pool.fetch("select who, what, result from audit")] == [
        ("loket3", "signed-in", "done")
    ]


@pytest.mark.parametrize("one", sample_people(), ids=lambda one: one["sub"])
async def test_each_sample_person_comes_in_with_their_role_area_and_badge(
    browser: Browser, one: dict[str, Any]
) -> None:
    signed_in = await browser.signs_in(one["sub"])
    assert signed_in.status_code == 303
    assert signed_in.headers["location"].startswith("/")
    said = (await browser.get("/kecil/saya")).json()
    assert said == one


async def test_the_session_is_kept_from_scripts_and_from_other_sites(browser: Browser) -> None:
    signed_in = await browser.signs_in("loket3")
    cookies = [SimpleCookie(line) for line in signed_in.headers.get_list("set-cookie")]
    session = next(cookie[COOKIE] for cookie in cookies if COOKIE in cookie)
    assert (session["httponly"], session["samesite"], session["path"], session["secure"]) == (True, "lax", "/", "")
    assert "Kencanawati" not in session.value
    left = [cookie.name for cookie in browser.service.cookies.jar]
    assert sorted(left) == [LEAVING, COOKIE], "what was kept for the attempt is gone"


async def test_behind_https_every_cookie_is_for_https_alone(
    app: FastAPI, another: Callable[..., Browser], provider: Server
) -> None:
    browser = another(PublicAddress(app, "https://antar.example.id"), "http://10.0.0.7:8101")
    sent = await browser.get("/kecil/masuk?bahasa=en")
    assert "; Secure" in sent.headers["set-cookie"]
    assert asked(sent.headers["location"])["redirect_uri"] == "https://antar.example.id/kecil/masuk/kembali"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "http:evil",
        "javascript:alert(1)", "/%0d\n//evil.example", "/\t/evil.example", " //evil.example", "/.//evil.example",
        "evil.example", "/\x00", "/\u2028x", "", "/loket//evil.example",
    ],
)  # fmt: skip
async def test_nobody_is_led_to_a_strange_page(browser: Browser, elsewhere: str) -> None:
    assert local_path(elsewhere) is None
    sent = await browser.service.get("/kecil/masuk", params={"ke": elsewhere})
    back = await browser.chosen(sent.headers["location"], "loket3")
    assert (await browser.get(back)).headers["location"] == "/loket"
    again = await browser.service.get("/kecil/masuk", params={"ke": elsewhere})
    assert again.headers["location"] == "/loket"


async def test_who_has_signed_in_goes_straight_on(browser: Browser) -> None:
    await browser.signs_in("loket3")
    assert (await browser.get("/kecil/masuk?ke=/kecil")).headers["location"] == "/kecil"
    assert (await browser.get("/kecil/masuk/kembali?code=x&state=old")).headers["location"] == "/loket"


async def test_two_tabs_may_sign_in_at_once(browser: Browser) -> None:
    first, second = await browser.begun("/kecil/masuk?ke=/kecil?a"), await browser.begun("/kecil/masuk?ke=/kecil?b")
    for address, to in ((first, "/kecil?a"), (second, "/kecil?b")):
        back = await browser.chosen(address, "loket3")
        assert (await browser.get(back)).headers["location"] == to


def refused(browser: Browser, page: Page, what: str) -> None:
    assert (page.status, page.headings) == (400, [what])
    assert page.links["Masuk"] == "/kecil/masuk"
    assert COOKIE not in [cookie.name for cookie in browser.service.cookies.jar]


async def test_a_state_that_was_not_ours_begins_no_session(browser: Browser) -> None:
    back = await browser.chosen(await browser.begun(), "loket3")
    state = asked(back)["state"]
    for other in ("", "x", state[:-1], state + "x", state[:12] + "x" * 31):
        refused(browser, Page(await browser.get(back.replace(f"state={state}", f"state={other}"))), "Masuk gagal")


async def test_a_browser_that_began_nothing_gets_no_session(
    app: FastAPI, browser: Browser, another: Callable[..., Browser]
) -> None:
    back = await browser.chosen(await browser.begun(), "loket3")
    stranger = another(app)
    refused(stranger, Page(await stranger.get(back)), "Masuk gagal")


async def test_a_code_that_was_given_to_somebody_else_is_worth_nothing(
    app: FastAPI, browser: Browser, another: Callable[..., Browser]
) -> None:
    thief = another(app)
    state = asked(await thief.begun())["state"]
    code = asked(await browser.chosen(await browser.begun(), "admin"))["code"]
    refused(thief, Page(await thief.get(f"/kecil/masuk/kembali?code={code}&state={state}")), "Masuk gagal")


async def test_a_code_is_good_once(app: FastAPI, browser: Browser, another: Callable[..., Browser]) -> None:
    back = await browser.chosen(await browser.begun(), "loket3")
    copies = dict(browser.service.cookies)
    assert (await browser.get(back)).status_code == 303
    thief = another(app)
    thief.service.cookies.update(copies)
    refused(thief, Page(await thief.get(back)), "Masuk gagal")


async def test_a_token_made_for_another_attempt_is_refused(
    browser: Browser, app: FastAPI, another: Callable[..., Browser]
) -> None:
    address = await browser.begun()
    nonce = asked(address)["nonce"]
    refused(
        browser,
        Page(await browser.get(await browser.chosen(address.replace(nonce, "another"), "admin"))),
        "Masuk gagal",
    )


async def test_who_changes_their_mind_is_told_so(browser: Browser) -> None:
    state = asked(await browser.begun())["state"]
    page = Page(await browser.get(f"/kecil/masuk/kembali?error=access_denied&state={state}"))
    refused(browser, page, "Masuk tidak diteruskan")


async def test_while_the_provider_is_away_the_page_says_what_to_do(browser: Browser, provider: Server) -> None:
    provider.go()
    answer = await browser.get("/kecil/masuk")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert Page(answer).headings == ["Layanan masuk sedang terganggu"]
    assert "Coba lagi" in Page(answer).links
    provider.come()
    assert (await browser.signs_in("loket3")).status_code == 303


async def test_a_provider_that_goes_away_in_the_middle_is_no_fault_of_the_person(
    browser: Browser, provider: Server
) -> None:
    back = await browser.chosen(await browser.begun(), "loket3")
    provider.go()
    answer = await browser.get(back)
    assert (answer.status_code, Page(answer).headings) == (503, ["Layanan masuk sedang terganggu"])


async def test_who_has_signed_in_works_on_while_the_provider_is_away(browser: Browser, provider: Server) -> None:
    await browser.signs_in("loket3")
    provider.go()
    assert (await browser.get("/kecil")).status_code == 200


async def test_who_fails_again_and_again_has_to_wait(browser: Browser) -> None:
    for _ in range(FAILURES_PER_MINUTE):
        assert (await browser.get("/kecil/masuk/kembali?code=x&state=x")).status_code == 400
    answer = await browser.get("/kecil/masuk")
    assert (answer.status_code, Page(answer).headings) == (429, ["Terlalu sering"])
    assert 0 < int(answer.headers["Retry-After"]) <= 61


async def test_an_office_behind_one_address_may_come_to_work_together(browser: Browser) -> None:
    answers = [(await browser.get("/kecil/masuk")).status_code for _ in range(TRIES_PER_MINUTE + 1)]
    assert answers == [303] * TRIES_PER_MINUTE + [429]


async def signs_out(browser: Browser) -> str:
    """The click on *Keluar*; where it leads."""
    form = Page(await browser.get("/kecil")).form("/keluar")
    sent = await browser.service.post("/kecil/keluar", data=form.filled())
    assert sent.status_code == 303
    return str(sent.headers["location"])


async def test_who_signs_out_is_sent_to_end_the_session_at_the_provider_too(
    browser: Browser, provider: Server, pool: asyncpg.Pool
) -> None:
    await browser.signs_in("loket3")
    there = await signs_out(browser)
    assert there.startswith(f"{provider.issuer}/oauth2/end_session?")
    said = asked(there)
    assert (said["client_id"], said["post_logout_redirect_uri"]) == ("antar", "http://antar.test/kecil/keluar")
    who = json.loads(urlsafe_b64decode(said["id_token_hint"].split(".")[1] + "=="))
    assert who["sub"] == "loket3", "by this the provider knows whose session it is, and need not ask"
    assert await pool.fetchval("select count(*) from audit where what = 'signed-out'") == 1


async def test_who_signs_out_is_out_and_nothing_of_them_stays_in_the_browser(browser: Browser) -> None:
    await browser.signs_in("loket3")
    await signs_out(browser)
    assert [cookie.name for cookie in browser.service.cookies.jar] == []
    page = Page(await browser.get("/kecil/keluar"))
    assert (page.headings, page.links["Masuk lagi"]) == (["Anda sudah keluar"], "/kecil/masuk")
    assert (await browser.get("/kecil")).status_code == 303


async def test_what_is_kept_for_the_sign_out_cannot_be_read_in_the_browser(browser: Browser) -> None:
    await browser.signs_in("loket3")
    kept = browser.service.cookies[LEAVING]
    assert all(b"Kencanawati" not in urlsafe_b64decode(part + "==") for part in kept.split("."))


async def test_who_signs_out_while_the_provider_is_away_is_out_here_and_told_so(
    browser: Browser, provider: Server
) -> None:
    browser.service.cookies.set(COOKIE, session_cookie(someone(Role.COUNTER))[COOKIE], domain="antar.test")
    provider.go()
    page = Page(await browser.get(await signs_out(browser)))
    assert page.headings == ["Anda sudah keluar"]
    assert "mungkin masih mengenal Anda" in page.text
    assert (await browser.get("/kecil")).status_code == 303


async def test_another_site_cannot_sign_anybody_out(browser: Browser) -> None:
    await browser.signs_in("loket3")
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert (await browser.service.post("/kecil/keluar", headers=form)).status_code == 403
    assert (await browser.get("/kecil")).status_code == 200


async def test_the_form_of_a_page_may_lead_to_the_sign_in_and_nowhere_else(browser: Browser, provider: Server) -> None:
    policy = (await browser.get("/kecil/masuk/kembali")).headers["Content-Security-Policy"]
    assert f"form-action 'self' {provider.issuer};" in policy
