"""What is seen of a page that is not there for the eye: faults of access, scroll, trouble in the console, weight."""

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Final, Self

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Page, Request

_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def faults(page: Page) -> list[str]:
    """What keeps somebody from using the page, as axe-core sees it: rule, and where."""
    # Faults alone: to describe all that is well takes most of the time.
    asked = {"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"]}
    if await page.evaluate("!window.axe"):
        await page.evaluate(Axe().axe_script)
    found: dict[str, Any] = await page.evaluate("asked => axe.run(document, asked)", asked)
    return [
        f"{fault['id']}: {node['target'][0]}: {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


async def wider_than(page: Page, width: int) -> list[str]:
    """What makes the page scroll sideways at this width; nothing when it does not."""
    await page.set_viewport_size({"width": width, "height": 800})
    found: list[str] = await page.evaluate(
        """width => document.scrollingElement.scrollWidth <= width ? [] :
            [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > width + 1)
            .map(e => e.tagName + "." + e.className).slice(0, 8).concat("the page")""",
        width,
    )
    return found


class Watch(AbstractAsyncContextManager["Watch"]):
    """Keeps what the console of `page` complains of, and the bytes that came for it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._finished: list[Request] = []
        self.complaints: list[str] = []

    async def __aenter__(self) -> Self:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfinished", self._note)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.page.close()

    async def bytes_on_the_wire(self) -> int:
        """Heads and bodies of all that came so far."""
        sizes = [await request.sizes() for request in self._finished]
        return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)

    def _note(self, request: Request) -> None:
        self._finished.append(request)

    def _hear(self, message: ConsoleMessage) -> None:
        # A refusal is a page of its own; the browser notes it as a failure.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)
