"""What an officer does on the pages of cases before they are looked at."""

from playwright.async_api import Page

from tests.browser.families import next_number


async def the_first_is_opened(page: Page) -> None:
    """From a queue to its oldest case."""
    await page.get_by_role("main").locator("table a").first.click()
    await page.wait_for_load_state()


async def it_is_to_be_cancelled(page: Page) -> None:
    """The page that says what follows from a cancellation."""
    await _step(page, "batalkan")


async def it_is_to_be_completed(page: Page) -> None:
    """The page that asks what is missing, sent without a tick."""
    await _step(page, "kembalikan")
    await page.get_by_role("main").get_by_role("button").click()


async def it_is_to_be_corrected(page: Page) -> None:
    """The form of a correction."""
    await _step(page, "koreksi")


async def a_correction_is_faulty(page: Page) -> None:
    """The form with its faults."""
    await _step(page, "koreksi")
    await page.locator("#rw").fill("999")
    await page.locator("#full_name").fill("")
    await page.get_by_role("main").locator("form button").last.click()


async def a_correction_is_reviewed(page: Page) -> None:
    """Before and after."""
    await _step(page, "koreksi")
    await _correct(page, "dekat musala")


async def somebody_else_was_faster(page: Page) -> None:
    """The case was corrected in another window, after it was opened in this one."""
    await _step(page, "koreksi")
    other = await page.context.new_page()
    await other.goto(page.url)
    await _correct(other, f"rumah nomor {next_number()}")
    await other.get_by_role("main").locator("form button:not([name])").first.click()
    await other.wait_for_load_state()
    await other.close()
    await _correct(page, "dekat musala")


async def its_nik_is_seen(page: Page) -> None:
    """The whole NIK, with a reason."""
    await _step(page, "siak")
    await page.locator("#alasan").select_option("VERIFICATION")
    await page.get_by_role("main").get_by_role("button").click()


async def something_is_found(page: Page) -> None:
    """A search that finds many."""
    await _search(page, "a b")
    await _search(page, "siti")


async def nothing_is_found(page: Page) -> None:
    """A search that finds nobody."""
    await _search(page, "3275990101010009")


async def words_are_sent(page: Page) -> None:
    """The centre's words for two that are not there."""
    await page.locator("#baris").fill("KTP/2017/09/999999 PRR\nKTP/2017/09/999998 KATA_BARU")
    await page.get_by_role("main").locator("form button").click()


async def _step(page: Page, path: str) -> None:
    await the_first_is_opened(page)
    await page.get_by_role("main").locator(f'a[href$="/{path}"]').click()
    await page.wait_for_load_state()


async def _correct(page: Page, landmark: str) -> None:
    await page.locator("#landmark").fill(landmark)
    await page.locator("#alasan").fill("salah ketik")
    await page.get_by_role("main").locator("form button").last.click()
    await page.wait_for_load_state()


async def _search(page: Page, words: str) -> None:
    await page.locator("#cari").fill(words)
    await page.get_by_role("search").get_by_role("button").click()
    await page.wait_for_load_state()
