"""Families that come to a counter in a browser: never the same twice, since nobody is registered twice."""

import itertools
import random
import re

from playwright.async_api import Page

_numbers = itertools.count(random.randrange(1000, 9000))
_CHECK = re.compile("Periksa dan lanjutkan|Check and continue")
_RECORD = re.compile("Catat permohonan|Record")


def next_number() -> int:
    """Four digits that no other family has."""
    return next(_numbers)


async def an_empty_sheet_is_checked(page: Page) -> None:
    """Everything is missing, and one number is wrong."""
    await page.fill("#hp", "021 8899 1234")
    await page.get_by_role("main").locator("button:visible").filter(has_text=_CHECK).click()


async def a_family_is_checked(page: Page) -> None:
    """A mother and a daughter without NIK, who need three documents; one number is from elsewhere."""
    n = next_number()
    await page.fill("#kk", f"327599030112{n}")
    await page.fill("#hp", f"0812 3456 {n}")
    await page.fill("#alamat", "Gang Kenari II No. 14")
    await page.select_option("#kelurahan", "32.75.01.1001")
    await page.fill("#rw", "1")
    await page.fill("#rt", "3")
    await page.fill("#patokan", "Pagar hijau, seberang musala")
    await page.fill("#nama1", "Sartika Wulandari")
    await page.fill("#nik1", f"320199540274{n}")
    await page.select_option("#hubungan1", "HEAD")
    await page.check("input[name=dokumen1][value=KTP_EL]")
    await page.select_option("[name=alasan1-KTP_EL]", "DAMAGED")
    await page.get_by_role("main").locator("[name=tambah]").click()
    await page.fill("#nama2", "Melati Wulandari")
    await page.select_option("#hubungan2", "CHILD")
    await page.check("input[name=dokumen2][value=AKTA_KELAHIRAN]")
    await page.select_option("[name=alasan2-AKTA_KELAHIRAN]", "FIRST")
    await page.locator("summary").last.click()
    await page.fill("#lahir2", "01-02-2020")
    await page.select_option("#jk2", "P")
    await page.check("#kartu_keluarga")
    await page.get_by_role("main").locator("button:visible").filter(has_text=_CHECK).click()


async def a_family_is_registered(page: Page) -> None:
    """All the way to the page with numbers and codes."""
    await a_family_is_checked(page)
    await page.locator("[name=yakin]").check()
    await page.get_by_role("main").locator("button:visible").filter(has_text=_RECORD).click()


async def a_slip_is_opened(page: Page) -> None:
    """The receipt for a receipt printer."""
    await a_family_is_registered(page)
    await page.locator("a[href*='/tanda-terima/']:not([href$='.pdf'])").click()
