"""The pages that are looked at in a browser. Whoever writes a page adds it here; everything else follows from it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Page

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
    # Trouble
    Shown("bukan-peran", "/loket/impor", "gudang", status=403),
    Shown("tidak-ada", "/loket/tidak-ada", "loket3", status=404),
    Shown("tidak-ada-tamu", "/lacak/a/b", status=404),
    Shown("keluar", "/loket/impor", "loket3", steps=_sign_out),
)
