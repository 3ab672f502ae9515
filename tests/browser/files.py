"""Files that an officer sends in a browser; each has rows that nobody has sent before, of which two are refused."""

from playwright.async_api import FilePayload, Page, expect

from tests.browser.families import next_number
from tests.service.intake_cases import file, row


async def one_is_worked_through(page: Page) -> None:
    """What became of its rows."""
    await _send(page, _payload(next_number()))
    while await page.locator("form[action$='/hentikan']").count():
        await page.reload()
    await expect(page.locator("a[href$='/ditolak.csv']")).to_be_visible()


async def one_comes_twice(page: Page) -> None:
    """The second time it is refused, and the page leads to what became of it."""
    again = _payload(next_number())
    start = page.url
    await _send(page, again)
    await page.goto(start)
    await _send(page, again)


async def nothing_is_sent(page: Page) -> None:
    """The button is pressed without a file."""
    await _press(page)


def _payload(number: int) -> FilePayload:
    rows = [row(number, rw="1"), row(number + 1, nik="32759"), row(number + 2, rw="999")]
    return {"name": f"daftar-{number}.csv", "mimeType": "text/csv", "buffer": file(*rows).encode()}


async def _send(page: Page, payload: FilePayload) -> None:
    await page.locator("#berkas").set_input_files(payload)
    await _press(page)


async def _press(page: Page) -> None:
    await page.get_by_role("main").locator("form button").first.click()
    await page.wait_for_load_state()
