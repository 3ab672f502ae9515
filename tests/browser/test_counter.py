"""A family is registered by keyboard alone, and its receipt leads to the page where the document is followed."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import families
from tests.browser.city import City


@pytest.fixture
async def page(city: City, browser: Browser) -> Page:
    context = await city.visit(browser, "loket3", width=1280)
    return await context.new_page()


async def _focused(page: Page) -> str:
    found: str = await page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
    return found


async def _types(page: Page, *keys: str) -> None:
    """Texts are typed, names of keys in capitals pressed."""
    for key in keys:
        await (page.keyboard.press(key.title()) if key.isupper() else page.keyboard.type(key))


async def test_by_keyboard_alone_from_the_sheet_to_the_page_that_the_receipt_leads_to(city: City, page: Page) -> None:
    n = families.next_number()
    await page.goto(city.address("/loket"))
    await page.keyboard.press("Enter")  # Daftar baru has the focus
    await expect(page.locator("#kk")).to_be_focused()
    await _types(page, f"327599030113{n}", "TAB", "TAB", f"08123457{n}", "TAB", "Gang Kenari II No. 14", "TAB")
    await _types(page, "Bekasijaya", "TAB", "1", "TAB", "3", "TAB", "TAB")
    assert await _focused(page) == "nama1"
    await _types(page, "Sartika Wulandari", "TAB", f"32759954027401{n}"[:15], "TAB", "Istri", "TAB", " ", "TAB", "TAB")
    await _types(page, "Rusak")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")  # the summary of what is rarely asked
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    assert await _focused(page) == "Periksa dan lanjutkan"
    await page.keyboard.press("Enter")

    await expect(page.locator(".errors")).to_be_focused()
    await page.keyboard.press("Tab")
    assert await _focused(page) == "Orang 1: NIK harus 16 angka, baru terisi 15."
    await page.keyboard.press("Enter")
    await expect(page.locator("#nik1")).to_be_focused()
    await page.keyboard.press("End")
    await page.keyboard.type("9")
    await page.keyboard.press("Enter")  # in a field it goes on to the next
    await expect(page.locator("#hubungan1")).to_be_focused()
    await page.get_by_role("button", name="Periksa dan lanjutkan").focus()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Periksa sebelum dicatat")
    await _types(page, "TAB", "TAB", "TAB")  # two ways back, and the button
    assert await _focused(page) == "Catat permohonan"
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tercatat: 1 permohonan, satu kali antar")
    assert await _focused(page) == "Daftar keluarga berikutnya"

    code = await page.locator("td.code").last.inner_text()
    receipt = await page.get_by_role("button", name="Cetak tanda terima").get_attribute("href")
    answer = await page.request.get(city.address(receipt or ""))
    assert answer.headers["content-type"] == "application/pdf"
    await page.goto(city.address(f"/lacak/{code}"))
    await expect(page.get_by_text("Permohonan diterima").first).to_be_visible()


async def test_a_number_from_a_scanner_does_not_send_the_sheet(city: City, page: Page) -> None:
    await page.goto(city.address("/loket/daftar"))
    await page.locator("#nama1").fill("Sartika Wulandari")
    await page.locator("#nik1").focus()
    await _types(page, "3275995402740003", "ENTER")
    await expect(page.locator("#hubungan1")).to_be_focused()
    assert page.url.endswith("/loket/daftar")
    assert await page.locator("#nama1").input_value() == "Sartika Wulandari"


async def test_a_double_click_records_once(city: City, page: Page) -> None:
    await page.goto(city.address("/loket/daftar"))
    await families.a_family_is_checked(page)
    await page.locator("[name=yakin]").check()
    await page.get_by_role("button", name="Catat permohonan").dblclick()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tercatat: 3 permohonan, satu kali antar")


async def test_the_way_back_from_a_record_is_a_new_sheet_and_from_a_case_what_was_found(city: City, page: Page) -> None:
    await page.goto(city.address("/loket/daftar"))
    await families.a_family_is_registered(page)
    await page.locator("main table a").first.click()
    await page.go_back()
    await page.go_back()
    await expect(page.locator("#kk")).to_be_visible()
    assert page.url.endswith("/loket/daftar")
    await page.goto(city.address("/loket/cari"))
    await page.locator("#cari").fill("siti")
    await page.keyboard.press("Enter")
    await page.locator("main table a").first.click()
    await page.go_back()
    await expect(page.locator("#cari")).to_have_value("siti")
    await expect(page.locator("main table a").first).to_be_visible()


async def test_without_a_script_enter_checks_and_takes_nobody_out(city: City, browser: Browser) -> None:
    context = await city.visit(browser, "loket3", scripts=False)
    async with context:
        page = await context.new_page()
        await page.goto(city.address("/loket/daftar"))
        await page.locator("[name=tambah]").click()
        await page.locator("#nama1").fill("Sartika Wulandari")
        await page.locator("#nama2").fill("Bagas Prasetyo")
        await page.locator("#nama2").press("Enter")
        assert page.url.endswith("/loket/daftar/periksa")
        assert await page.locator("#nama1").input_value() == "Sartika Wulandari"
        assert await page.locator("#nama2").input_value() == "Bagas Prasetyo"


async def test_the_code_on_the_slip_is_the_address_of_the_tracking_page(city: City, page: Page) -> None:
    await page.goto(city.address("/loket/daftar"))
    await families.a_slip_is_opened(page)
    codes = await page.locator("strong.code").all_inner_texts()
    assert [bool(re.fullmatch(r"BKS-\w{9}", code)) for code in codes] == [False, True] * 3
    assert await page.locator(".qr svg").count() == 3
