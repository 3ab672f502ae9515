"""The way there and back in a real browser, with the policies that it enforces and JavaScript switched off."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Page

from shared.people import Area, Person, Role
from shared.people.session import COOKIE
from tests.browser import chromium
from tests.people import session_cookie
from tools.embedded.ports import HOST, free_port

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")  # the mock's own affair

SARI = Person("loket3", "Sari Kencanawati", frozenset({Role.COUNTER}), frozenset({Area("32.75")}))


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """The small service, served."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host=HOST, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0.02)
    yield f"http://{HOST}:{port}"
    server.should_exit = True
    await serving


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    if chromium.program() is None:
        pytest.skip("no Chromium on this machine; on Debian: apt install chromium")
    async with chromium.browser() as browser:
        yield await (await browser.new_context(java_script_enabled=False)).new_page()


async def has_been_away_for(page: Page, address: str, minutes: int) -> None:
    value = session_cookie(SARI, used_seconds_ago=60 * minutes)[COOKIE]
    await page.context.add_cookies([{"name": COOKIE, "value": value, "url": address}])


async def test_two_clicks_lead_to_the_page_that_was_asked_for(page: Page, address: str) -> None:
    await page.goto(f"{address}/kecil?rw=011")
    await page.get_by_role("button", name="Sari Kencanawati").click()
    assert page.url == f"{address}/kecil?rw=011"
    assert await page.locator("h1").inner_text() == "Catatan"
    await page.get_by_role("button", name="Keluar").click()
    assert await page.locator("h1").inner_text() == "Anda sudah keluar"


async def test_who_was_called_away_from_a_half_filled_form_loses_nothing(
    page: Page, address: str, pool: asyncpg.Pool
) -> None:
    await has_been_away_for(page, address, 0)
    await page.goto(f"{address}/kecil")
    await page.locator("[name=nama]").fill("Ibu Ani")
    await page.locator("[name=kotak][value='2']").check()
    await has_been_away_for(page, address, 31)
    await page.get_by_role("button", name="Simpan").click()
    await page.get_by_role("button", name="Sari Kencanawati").click()
    assert await page.locator("h1").inner_text() == "Isian Anda masih ada"
    await page.get_by_role("button", name="Lanjutkan").click()
    assert page.url == f"{address}/kecil?tersimpan=1"
    assert [r["what"] for r in await pool.fetch("select what from effect")] == ["nama=Ibu Ani&isi=&kotak=2"]
