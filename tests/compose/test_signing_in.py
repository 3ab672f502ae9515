"""Who works here signs in through the installation's own sign-in, in a browser: on their first day, and with other work."""

import secrets
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.browser import chromium
from tests.compose.installation import Compose
from tests.compose.outside import Installation


@pytest.fixture
async def page(installation: Compose) -> AsyncIterator[Page]:
    if chromium.program() is None:
        pytest.skip("no Chromium on this machine; on Debian: apt install chromium")
    async with chromium.browser() as browser:
        # The browser of a test does not know the installation's own authority; the proxy's tests do.
        context = await browser.new_context(ignore_https_errors=True, locale="id-ID")
        yield await context.new_page()


async def test_a_new_officer_chooses_a_password_and_comes_to_their_page_and_out_again(
    installation: Compose, outside: Installation, page: Page
) -> None:
    told = installation.operator(
        "people", "add", "sartika", "--name", "Sartika Wulandari", "--role", "counter-officer", "--area", "32.75"
    )
    once, own = told.split()[-1], secrets.token_urlsafe(16)

    await page.goto(f"{outside.tracking()}/loket")
    assert "/sign-in/" in page.url
    await _enters(page, "sartika", once)
    await expect(page.get_by_text("paling sedikit 12 huruf")).to_be_visible()
    await page.locator("#password-new").fill(own)
    await page.locator("#password-confirm").fill(own)
    await page.locator("[type=submit]").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Loket")
    await expect(page.get_by_role("banner")).to_contain_text("Sartika Wulandari")
    await expect(page.get_by_text("pengembangan")).to_have_count(0)

    await page.get_by_role("banner").get_by_role("button").click()
    await page.goto(f"{outside.tracking()}/loket")
    assert "/sign-in/" in page.url, "who has signed out must sign in again"
    await _enters(page, "sartika", once)
    await expect(page.locator("#password")).to_be_visible()  # the first password counts no more


async def test_whoever_gets_other_work_by_command_comes_to_its_page_and_not_to_the_former(
    installation: Compose, outside: Installation, page: Page
) -> None:
    told = installation.operator("people", "add", "ratna", "--role", "verifier", "--area", "32.75")
    installation.operator("people", "change", "ratna", "--role", "auditor", "--name", "Ratna Adiwilaga")
    own = secrets.token_urlsafe(16)
    await page.goto(f"{outside.tracking()}/loket/masuk")
    await _enters(page, "ratna", told.split()[-1])
    await page.locator("#password-new").fill(own)
    await page.locator("#password-confirm").fill(own)
    await page.locator("[type=submit]").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Audit")
    await expect(page.get_by_role("banner")).to_contain_text("Ratna Adiwilaga")
    answer = await page.goto(f"{outside.tracking()}/loket")
    assert answer is not None
    assert answer.status == 403


async def _enters(page: Page, login: str, password: str) -> None:
    await page.locator("#username").fill(login)
    await page.locator("#password").fill(password)
    await page.locator("#kc-login").click()
