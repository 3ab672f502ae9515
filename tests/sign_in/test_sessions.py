"""A session: whose it is, when it ends, and that nobody can make one or change one."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request, Response

from shared.people import Person, Role
from shared.people.sealing import Seal
from shared.people.session import COOKIE, IDLE_SECONDS, WHOLE_SECONDS, Session, Sessions
from tests.people import SESSION_KEY, session_cookie, someone
from tests.sign_in.desk import Browser

SARI = someone(Role.COUNTER, areas=("32.75.01",), desk="Loket 3")
OTHER_KEY = "7e2c" + "13579bdf02468ace" * 3 + "13579bdf0246"


def with_cookie(browser: Browser, value: str) -> Browser:
    browser.service.cookies.clear()
    browser.service.cookies.set(COOKIE, value)
    return browser


async def comes_in(browser: Browser) -> bool:
    answer = await browser.get("/kecil/saya")
    assert answer.status_code in (200, 303)
    return bool(answer.status_code == 200)


async def test_a_session_that_was_used_just_now_is_somebody(offline: FastAPI, another: Callable[..., Browser]) -> None:
    browser = with_cookie(another(offline), session_cookie(SARI)[COOKIE])
    assert (await browser.get("/kecil/saya")).json() == SARI.claims()


@pytest.mark.parametrize(("minutes", "goes_on"), [(29, True), (31, False)])
async def test_a_session_that_nobody_used_for_half_an_hour_has_ended(
    offline: FastAPI, another: Callable[..., Browser], minutes: int, goes_on: bool
) -> None:
    browser = with_cookie(another(offline), session_cookie(SARI, used_seconds_ago=60 * minutes)[COOKIE])
    assert await comes_in(browser) is goes_on


async def test_a_session_under_another_citys_key_is_nobodys(offline: FastAPI, another: Callable[..., Browser]) -> None:
    assert not await comes_in(with_cookie(another(offline), session_cookie(SARI, key=OTHER_KEY)[COOKIE]))


async def test_a_touched_session_is_nobodys(offline: FastAPI, another: Callable[..., Browser]) -> None:
    browser, sealed = another(offline), session_cookie(SARI)[COOKIE]
    parts = sealed.split(".")
    for n, part in enumerate(parts):
        touched = (part[:-2] + ("A" if part[-2] != "A" else "B") + part[-1]) if part else "AAAA"
        assert not await comes_in(with_cookie(browser, ".".join([*parts[:n], touched, *parts[n + 1 :]])))


@pytest.mark.parametrize(
    "value", ["", "x", ".....", "a.b.c", "ey.ey.ey.ey.ey", "%00", "null", "[]", "e30." * 4 + "e30", "A" * 3000]
)
async def test_what_is_no_session_is_nobodys(offline: FastAPI, another: Callable[..., Browser], value: str) -> None:
    assert not await comes_in(with_cookie(another(offline), value))


@pytest.mark.parametrize("alg", ["none", "dir", "RSA-OAEP", "A256KW", "PBES2-HS256+A128KW"])
async def test_a_session_that_names_another_way_of_sealing_is_nobodys(
    offline: FastAPI, another: Callable[..., Browser], alg: str
) -> None:
    header = urlsafe_b64encode(json.dumps({"alg": alg, "enc": "A128CBC-HS256", "zip": "DEF"}).encode()).decode()
    _, *rest = session_cookie(SARI)[COOKIE].split(".")
    assert not await comes_in(with_cookie(another(offline), ".".join([header.rstrip("="), *rest])))


@pytest.mark.parametrize("purpose", ["attempt", "draft"])
async def test_what_was_sealed_for_something_else_is_no_session(
    offline: FastAPI, another: Callable[..., Browser], purpose: str
) -> None:
    content = {"id": "x", "person": SARI.claims(), "began": 0, "seen": 0}
    sealed = Seal(bytes.fromhex(SESSION_KEY)).close(purpose, content, 600)
    assert not await comes_in(with_cookie(another(offline), sealed))


def test_nothing_of_a_person_can_be_read_in_the_cookie() -> None:
    sealed = session_cookie(SARI)[COOKIE]
    opened = b"".join(urlsafe_b64decode(part + "==") for part in sealed.split("."))
    assert b"Contoh" not in opened
    assert b"counter-officer" not in opened


class Day:
    """A day on which somebody works, with a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.sessions = Sessions(Seal(bytes.fromhex(SESSION_KEY), lambda: self.now))
        self.cookie = ""

    def signs_in(self, person: Person) -> None:
        self._answered(lambda response: self.sessions.begin(response, self._request(), person))

    def after(self, seconds: float) -> Session | None:
        """A page is asked for so much later."""
        self.now += seconds
        session = self.sessions.read(self._request())
        if session is not None:
            self._answered(lambda response: self.sessions.renew(response, self._request(), session))
        return session

    def _answered(self, write: Callable[[Response], None]) -> None:
        response = Response()
        write(response)
        if "set-cookie" in response.headers:
            self.cookie = SimpleCookie(response.headers["set-cookie"])[COOKIE].value

    def _request(self) -> Request:
        headers = [(b"host", b"antar.test"), (b"cookie", f"{COOKIE}={self.cookie}".encode())]
        scope: dict[str, Any] = {
            "type": "http",
            "scheme": "https",
            "path": "/",
            "headers": headers,
            "query_string": b"",
        }
        return Request(scope)


def test_who_works_all_the_time_stays_in_for_a_working_day_and_no_longer() -> None:
    day = Day()
    day.signs_in(SARI)
    pages = 0
    while day.after(20 * 60) is not None and pages < 100:
        pages += 1
    assert pages == WHOLE_SECONDS // (20 * 60)


def test_a_session_goes_on_from_when_it_was_last_used() -> None:
    day = Day()
    day.signs_in(SARI)
    first = day.after(IDLE_SECONDS - 60)
    assert first is not None
    assert day.after(IDLE_SECONDS - 60) is not None
    assert day.after(IDLE_SECONDS + 1) is None


def test_a_session_is_known_for_a_while_after_its_end_and_opens_nothing_then() -> None:
    day = Day()
    day.signs_in(SARI)
    assert day.after(IDLE_SECONDS + 3600) is None
    ended = day.sessions.ended(day._request())
    assert ended is not None
    assert ended.person == SARI
    day.now += WHOLE_SECONDS
    assert day.sessions.ended(day._request()) is None


def test_every_sign_in_begins_a_session_of_its_own() -> None:
    day = Day()
    seen = set()
    for _ in range(3):
        day.signs_in(SARI)
        session = day.after(1)
        assert session is not None
        seen.add(session.id)
    assert len(seen) == 3


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/json"}, {"content-type": "text/plain"}])
async def test_what_a_cookie_sends_must_be_a_form(
    offline: FastAPI, another: Callable[..., Browser], headers: dict[str, str]
) -> None:
    browser = with_cookie(another(offline), session_cookie(SARI)[COOKIE])
    answer = await browser.service.post("/kecil/saya", content=b'{"_formulir": "x"}', headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_program_without_token_is_told_to_send_one_and_not_led_anywhere(offline: FastAPI) -> None:
    transport = httpx2.ASGITransport(app=offline)
    async with httpx2.AsyncClient(transport=transport, base_url="http://antar.test") as client:
        answer = await client.get("/kecil/saya")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == "sign-in-needed"
