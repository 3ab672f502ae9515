"""A small city in which everything has happened: the demonstration, run once, and its people at their pages."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, BrowserContext, Page, Response

from tests.browser.pages import Shown
from tests.end_to_end import demo_cases
from tools.demo.run import Demonstration
from tools.embedded.signin import PREFIXES

LANGUAGE_COOKIE: Final = "antar_bahasa"


class City:
    """`facts` are what paths may name: a tracking code by state (WAITING_FOR_BLANK, DELIVERED, …)."""

    def __init__(self, urls: Mapping[str, str], facts: Mapping[str, str]) -> None:
        self._urls = urls
        self.facts = facts
        self._signed_in: dict[str, dict[str, object]] = {}

    def address(self, path: str) -> str:
        """The whole address of a path."""
        filled = path.format_map(self.facts)
        return f"{self._urls[PREFIXES['/' + filled.split('/')[1]]]}{filled}"

    async def visit(
        self, browser: Browser, whom: str | None, *, language: str = "id", width: int = 360, scripts: bool = True
    ) -> BrowserContext:
        """A browser of this person, signed in."""
        if whom is not None and whom not in self._signed_in:
            self._signed_in[whom] = await self._sign_in(browser, whom)
        state = self._signed_in[whom] if whom is not None else None
        context = await browser.new_context(
            viewport={"width": width, "height": 800},
            java_script_enabled=scripts,
            locale="id-ID",
            timezone_id="Asia/Jakarta",
            storage_state=state,  # type: ignore[arg-type]
        )
        if language != "id":
            await context.add_cookies(
                [{"name": LANGUAGE_COOKIE, "value": language, "domain": "127.0.0.1", "path": "/"}]
            )
        return context

    async def show(self, page: Page, shown: Shown) -> Response:
        """Open the page and do what is to be done on it; returns the answer to its path."""
        answer = await page.goto(self.address(shown.path))
        assert answer is not None
        if shown.steps is not None:
            await shown.steps(page)
            await page.wait_for_load_state()
        return answer

    async def _sign_in(self, browser: Browser, whom: str) -> dict[str, object]:
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(self.address("/loket/masuk"))
        await page.locator(f'button[value="{whom}"]').click()
        await page.wait_for_url(lambda url: "/masuk" not in url and "oauth2" not in url)
        state: dict[str, object] = dict(await context.storage_state())
        await context.close()
        return state


@contextmanager
def small_city() -> Iterator[City]:
    """The platform with everything in it, until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="antar-browser-") as folder:
        demonstration = demo_cases.begun(Path(folder) / "data")
        try:
            report = demonstration.run()
            yield City(demonstration.launcher.urls(), _facts(demonstration, report["tracking"]))
        finally:
            demonstration.stop()


def _facts(demonstration: Demonstration, tracking: Mapping[str, str]) -> dict[str, str]:
    codes = {state: url.rpartition("/")[2] for state, url in tracking.items()}
    by_code = {one.tracking_code: one for one in demonstration.cast.accepted.values()}
    some = by_code[codes["DELIVERED"]]
    return {**codes, "application_id": some.application_id, "office_number": some.office_number}
