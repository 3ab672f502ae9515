"""Every page is for everybody: with a screen reader, on a small phone, in both languages, without scripts."""

import pytest
from playwright.async_api import Browser

from tests.browser.city import City
from tests.browser.looking import Watch, faults, wider_than
from tests.browser.pages import PAGES, Shown

MOST_BYTES = 100_000

every_page = pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)


@every_page
@pytest.mark.parametrize("language", ["id", "en"])
async def test_a_page_keeps_nobody_out(city: City, browser: Browser, shown: Shown, language: str) -> None:
    context = await city.visit(browser, shown.whom, language=language, width=1280)
    async with Watch(await context.new_page()) as watch, context:
        page = watch.page
        answer = await city.show(page, shown)
        assert answer.status == shown.status
        assert await page.locator("html").get_attribute("lang") == language
        assert await page.get_by_role("heading", level=1).count() == 1
        if language == "id":  # another language changes the length of words, which matters where there is little room
            assert await faults(page) == []
        await page.set_viewport_size({"width": 360, "height": 800})
        assert await faults(page) == []
        assert await wider_than(page, 320) == []
        assert watch.complaints == []
        assert await watch.bytes_on_the_wire() < MOST_BYTES


@every_page
async def test_a_page_works_without_scripts(city: City, browser: Browser, shown: Shown) -> None:
    context = await city.visit(browser, shown.whom, scripts=False)
    async with context:
        page = await context.new_page()
        await city.show(page, shown)
        assert await page.get_by_role("heading", level=1).is_visible()
