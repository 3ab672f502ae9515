"""A counter, its officer, and families that come to it."""

from typing import Any

import httpx2

from shared.people import Person, Role
from tests.browsing import Page
from tests.harness import ServiceUnderTest
from tests.people import someone

OFFICER = someone(Role.COUNTER, areas=("32.75.01",), name="Dewi Lestarini", desk="Loket 3")
OTHER = Person("test-other-officer", "Rahmat Hidayat", OFFICER.roles, OFFICER.areas, desk="Loket 4")

ADDRESS = {
    "kk": "3275990301120007",
    "hp": "0812 3456 7890",
    "alamat": "Gang Kenari II No. 14",
    "kelurahan": "32.75.01.1001",
    "rw": "11",
    "rt": "3",
    "patokan": "Pagar hijau, seberang musala",
}
MOTHER: dict[str, Any] = {
    "nama1": "Sartika Wulandari",
    "nik1": "3275995402740003",
    "hubungan1": "WIFE",
    "dokumen1": ["KTP_EL"],
    "alasan1-KTP_EL": "DAMAGED",
}
SON: dict[str, Any] = {
    "nama2": "Bagas Prasetyo",
    "nik2": "3275990908000023",
    "hubungan2": "CHILD",
    "dokumen2": ["KTP_EL", "AKTA_KELAHIRAN"],
    "alasan2-KTP_EL": "FIRST",
    "alasan2-AKTA_KELAHIRAN": "LOST",
}
BABY: dict[str, Any] = {
    "nama3": "Melati Wulandari",
    "hubungan3": "CHILD",
    "lahir3": "01/11/2026",
    "jk3": "P",
    "dokumen3": ["AKTA_KELAHIRAN"],
    "alasan3-AKTA_KELAHIRAN": "FIRST",
}
CARD = {"kartu_keluarga": "ya", "alasan_kk": "DATA_CHANGED"}
ONE = {**ADDRESS, **MOTHER}
FAMILY = {**ADDRESS, **MOTHER, **SON, **BABY, **CARD}


class Counter:
    """A browser at the counter, signed in as an officer."""

    def __init__(self, intake: ServiceUnderTest, officer: Person = OFFICER, language: str = "id") -> None:
        self.intake = intake
        self.officer = officer
        self.browser = intake.browser(officer)
        if language != "id":
            self.browser.cookies.set("antar_bahasa", language)

    async def opens(self, path: str = "/loket/daftar") -> Page:
        """A page."""
        return Page(await self.browser.get(path))

    async def sends(self, path: str, values: dict[str, Any]) -> httpx2.Response:
        """The sheet with these values, to the address of one of its buttons."""
        hidden = (await self.opens()).form("/daftar/periksa").filled()["_formulir"]
        return await self.browser.post(path, data={"_formulir": hidden, **values})

    async def checks(self, values: dict[str, Any]) -> Page:
        """*Periksa dan lanjutkan*."""
        return Page(await self.sends("/loket/daftar/periksa", values))

    async def confirms(self, review: Page, **more: Any) -> httpx2.Response:
        """*Catat permohonan* on the review."""
        form = review.form("/daftar/catat")
        return await self.browser.post(form.action, data={**form.filled(), **more})

    async def registers(self, values: dict[str, Any], **more: Any) -> str:
        """The whole way; returns the address of the last page."""
        review = await self.checks(values)
        assert review.status == 200, review.text
        answer = await self.confirms(review, **more)
        assert answer.status_code == 303, Page(answer).text
        return answer.headers["location"]
