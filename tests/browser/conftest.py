"""One city and one browser for all tests of this folder; they are gone when these have ended."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from tests.browser import chromium
from tests.browser.city import City, small_city


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    if chromium.program() is None:
        pytest.skip("no Chromium on this machine; on Debian: apt install chromium")
    async with chromium.browser() as started:
        yield started


@pytest.fixture(scope="package")
def city(browser: Browser) -> Iterator[City]:
    with small_city() as made:
        yield made
