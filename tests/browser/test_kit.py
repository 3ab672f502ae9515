"""The parts that pages are made of, each in a page of all of them."""

import pytest
from playwright.async_api import Browser, Page

from tests.browser import specimen
from tests.browser.looking import faults, wider_than


@pytest.fixture
async def page(browser: Browser) -> Page:
    made = await browser.new_page()
    await specimen.show(made)
    return made


@pytest.mark.parametrize("width", [320, 360, 1280])
async def test_no_part_keeps_anybody_out(page: Page, width: int) -> None:
    assert await wider_than(page, width) == []
    assert await faults(page) == []


async def test_what_is_pressed_is_large_enough_for_a_thumb(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 800})
    small = await page.evaluate(
        """() => [...document.querySelectorAll("button, [role=button], input:not([type=hidden]), select, summary, nav a, .lang")]
            .map(e => [e, (e.closest("label.c") ?? e).getBoundingClientRect().height])
            .filter(([e, height]) => height < (e.matches(".slim") ? 36 : 44))
            .map(([e, height]) => `${e.outerHTML.slice(0, 60)} ${height}`)"""
    )
    assert small == []


async def test_every_stop_of_the_tab_key_is_seen(page: Page) -> None:
    stops = await page.locator("a, button, input:not([type=hidden]), select, textarea, summary").count()
    for _ in range(stops):
        await page.keyboard.press("Tab")
        seen = await page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
                return e === document.body || s.outlineStyle === "solid" && parseFloat(s.outlineWidth) >= 2; }"""
        )
        assert seen, await page.evaluate("document.activeElement.outerHTML")


async def test_a_fault_is_read_with_its_field_and_its_link_leads_there(page: Page) -> None:
    field = page.get_by_label("Nomor HP")
    described = (await field.get_attribute("aria-describedby") or "").split()
    assert await page.locator(f"#{described[0]}").inner_text() == f"Galat: {specimen.FAULTS['hp']}"
    assert await field.get_attribute("aria-invalid") == "true"
    await page.get_by_role("link", name=specimen.FAULTS["hp"]).click()
    assert await page.evaluate("document.activeElement.id") == "hp"
    assert (await page.title()).startswith("Galat:")
