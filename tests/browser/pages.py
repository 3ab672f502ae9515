"""The pages that are looked at in a browser. Whoever writes a page adds it here; everything else follows from it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Page

from tests.browser import cases, files
from tests.browser.families import (
    a_family_is_checked,
    a_family_is_registered,
    a_slip_is_opened,
    an_empty_sheet_is_checked,
)

Steps = Callable[[Page], Awaitable[None]]
"""What the person does on the page before it is looked at; it must work without scripts."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as somebody sees it.

    `name` is that of its pictures. `path` begins with a service's prefix; {words} in it are facts of the city
    (city.py). `whom` is who has signed in (`sub` of the sample people), None: nobody. `status` is what the server
    answers to the path.
    """

    name: str
    path: str
    whom: str | None = None
    steps: Steps | None = None
    status: int = 200


async def _a_wrong_code(page: Page) -> None:
    await page.get_by_role("textbox").fill("BKS-0000-00000")
    await page.get_by_role("main").get_by_role("button").click()


async def _an_empty_search(page: Page) -> None:
    await page.get_by_role("main").get_by_role("button").click()


async def _an_erasure_without_a_reason(page: Page) -> None:
    await page.get_by_role("main").locator("form[action$='/hapus'] button").click()


async def _sign_out(page: Page) -> None:
    await page.get_by_role("banner").get_by_role("button").click()


PAGES = (
    # Citizens
    Shown("lacak", "/lacak"),
    Shown("lacak-kode-salah", "/lacak", steps=_a_wrong_code),
    Shown("lacak-diterima", "/lacak/{RECORDED}"),
    Shown("lacak-antrean", "/lacak/{WAITING_FOR_BLANK}"),
    Shown("lacak-dibatalkan", "/lacak/{CANCELLED}"),
    Shown("lacak-disimpan", "/lacak/{HELD_FOR_PICKUP}"),
    Shown("lacak-kembali", "/lacak/{RETURNED}"),
    Shown("lacak-diserahkan", "/lacak/{DELIVERED}"),
    # The counter
    Shown("loket", "/loket", "loket3"),
    Shown("loket-daftar", "/loket/daftar", "loket3"),
    Shown("loket-daftar-galat", "/loket/daftar", "loket3", steps=an_empty_sheet_is_checked),
    Shown("loket-periksa", "/loket/daftar", "loket3", steps=a_family_is_checked),
    Shown("loket-selesai", "/loket/daftar", "loket3", steps=a_family_is_registered),
    Shown("loket-struk", "/loket/daftar", "loket3", steps=a_slip_is_opened),
    # Cases
    Shown("perlu", "/loket/perlu", "verifikator"),
    Shown("antrean", "/loket/antrean/blangko", "verifikator"),
    Shown("antrean-kosong", "/loket/antrean/dilengkapi", "verifikator"),
    Shown("permohonan", "/loket/antrean/blangko", "verifikator", steps=cases.the_first_is_opened),
    Shown("permohonan-batalkan", "/loket/antrean/blangko", "verifikator", steps=cases.it_is_to_be_cancelled),
    Shown("permohonan-kembalikan", "/loket/antrean/pusat", "verifikator", steps=cases.it_is_to_be_completed),
    Shown("permohonan-koreksi", "/loket/antrean/blangko", "verifikator", steps=cases.it_is_to_be_corrected),
    Shown("permohonan-koreksi-galat", "/loket/antrean/blangko", "verifikator", steps=cases.a_correction_is_faulty),
    Shown("permohonan-koreksi-periksa", "/loket/antrean/blangko", "verifikator", steps=cases.a_correction_is_reviewed),
    Shown("permohonan-berubah", "/loket/antrean/blangko", "verifikator", steps=cases.somebody_else_was_faster),
    Shown("permohonan-siak", "/loket/antrean/blangko", "verifikator", steps=cases.its_nik_is_seen),
    Shown("cari", "/loket/cari", "loket3"),
    Shown("cari-hasil", "/loket/cari", "loket3", steps=cases.something_is_found),
    Shown("cari-kosong", "/loket/cari", "loket3", steps=cases.nothing_is_found),
    Shown("status-pusat", "/loket/status-pusat", "verifikator"),
    Shown("status-pusat-hasil", "/loket/status-pusat", "verifikator", steps=cases.words_are_sent),
    Shown("status-pusat-beda", "/loket/status-pusat/beda", "verifikator"),
    # Printing, delivery, news
    Shown("impor", "/loket/impor", "loket3"),
    Shown("impor-tanpa-berkas", "/loket/impor", "loket3", steps=files.nothing_is_sent),
    Shown("impor-hasil", "/loket/impor", "loket3", steps=files.one_is_worked_through),
    Shown("impor-dua-kali", "/loket/impor", "loket3", steps=files.one_comes_twice),
    Shown("cetak", "/cetak", "gudang"),
    Shown("antar", "/antar", "bekasijaya"),
    Shown("antar-saya", "/antar/saya", "tkk1"),
    Shown("kabar", "/kabar", "bekasi-timur"),
    # Audit and the rights of the person
    Shown("audit-loket", "/loket/audit", "inspektorat"),
    Shown("audit-kabar", "/kabar/audit", "inspektorat"),
    Shown("hak", "/loket/hak", "pdp"),
    Shown("hak-galat", "/loket/hak", "pdp", steps=_an_empty_search),
    Shown("hak-orang", "/loket/hak/{application_id}", "pdp"),
    Shown("hak-orang-galat", "/loket/hak/{application_id}", "pdp", steps=_an_erasure_without_a_reason),
    # Trouble
    Shown("bukan-peran", "/loket/impor", "gudang", status=403),
    Shown("tidak-ada", "/loket/tidak-ada", "loket3", status=404),
    Shown("tidak-ada-tamu", "/lacak/a/b", status=404),
    Shown("keluar", "/loket/impor", "loket3", steps=_sign_out),
)
