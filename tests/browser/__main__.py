"""`python -m tests.browser [NAME …]`: pictures of every page, or of those named so, on a phone and on a desk."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.browser import chromium
from tests.browser.city import City, small_city
from tests.browser.pages import PAGES, Shown

FOLDER = Path("build/screenshots")
WIDTHS = (360, 1280)


async def take(city: City, pages: Sequence[Shown]) -> None:
    """Write NAME-WIDTH.png and NAME-WIDTH-en.png of these pages."""
    async with chromium.browser() as browser:
        for shown in pages:
            for language in ("id", "en"):
                async with await city.visit(browser, shown.whom, language=language) as context:
                    page = await context.new_page()
                    await city.show(page, shown)
                    for width in WIDTHS:
                        await page.set_viewport_size({"width": width, "height": 800})
                        suffix = "" if language == "id" else f"-{language}"
                        await page.screenshot(path=FOLDER / f"{shown.name}-{width}{suffix}.png", full_page=True)


def main() -> None:
    """Start the city, take the pictures, stop it."""
    if chromium.program() is None:
        raise SystemExit("There is no Chromium on this machine; on Debian: apt install chromium")
    wanted = set(sys.argv[1:])
    pages = [shown for shown in PAGES if not wanted or shown.name in wanted]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with small_city() as city:
        asyncio.run(take(city, pages))
    print(f"{len(pages)} pages in {FOLDER}")  # noqa: T201


if __name__ == "__main__":
    main()
