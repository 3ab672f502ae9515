"""The script makes pages quicker to work with: keys, one press, fresh figures. Nothing depends on it."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, Request

from tests.browser import specimen

Opened = Callable[[], Awaitable[tuple[Page, list[Request]]]]


@pytest.fixture
def opened(browser: Browser) -> Opened:
    """Opens the specimen; gives the page and what it asks for from then on, static files apart."""

    async def open_() -> tuple[Page, list[Request]]:
        page = await browser.new_page()
        await page.clock.install()
        await specimen.show(page)
        sent: list[Request] = []
        page.on("request", lambda request: "/static/" in request.url or sent.append(request))
        return page, sent

    return open_


async def test_a_scanner_goes_on_to_the_next_field_and_sends_nothing(opened: Opened) -> None:
    page, sent = await opened()
    await page.get_by_label("Nomor KK").press("Enter")
    assert await page.evaluate("document.activeElement.id") == "hp"
    assert sent == []


async def test_a_key_presses_the_button_that_names_it(opened: Opened) -> None:
    page, sent = await opened()
    async with page.expect_navigation():
        await page.keyboard.press("F4")
    assert sent[0].method == "POST"


async def test_a_form_pressed_twice_is_sent_once(opened: Opened) -> None:
    page, sent = await opened()
    async with page.expect_navigation():
        await page.evaluate(
            """() => { const press = document.querySelector("main form button"); press.click(); press.click(); }"""
        )
    assert len([request for request in sent if request.method == "POST"]) == 1


async def test_what_changes_is_fetched_anew_until_somebody_pauses_it(opened: Opened) -> None:
    page, sent = await opened()
    async with page.expect_request(specimen.ADDRESS):
        await page.clock.run_for(15_000)
    await page.get_by_role("button", name="Jeda").click()
    seen = len(sent)
    await page.clock.run_for(60_000)
    assert len(sent) == seen
    assert await page.get_by_role("button", name="Lanjut", exact=True).is_visible()
