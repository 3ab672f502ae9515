"""The system's Chromium, driven by Playwright; no browser is fetched."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, async_playwright

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET: Final = (
    # It would look for updates and more, which costs time where there is no network.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-gpu",
    "--no-first-run",
    "--lang=id",
)


def program() -> str | None:
    """Where it is; None when there is none."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A browser for as long as the block lasts. There must be a program."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as driver:
        with tempfile.TemporaryDirectory(prefix="antar-chromium-") as folder:
            started = await driver.chromium.launch(
                executable_path=program(), args=[*_QUIET, *sandbox], env={**os.environ, "HOME": folder}
            )
            try:
                yield started
            finally:
                await started.close()
