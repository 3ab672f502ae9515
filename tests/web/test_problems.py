"""A refusal is a document for a machine and a page for a person, in the person's language, and says what to do."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx2
import pytest
from fastapi import APIRouter
from starlette.exceptions import HTTPException

from shared.http.problems import Problem
from shared.people import Role, may, public
from shared.sentence import Sentence
from tests.browsing import Page
from tests.people import session_cookie, someone
from tests.small import small_app

router = APIRouter()

REFUSALS: dict[str, Exception] = {
    "changed": Problem(409, "changed", "Data ini sudah berubah. Muat ulang."),
    "too-large": HTTPException(413),
    "form": Problem(422, "form-has-faults", Sentence("Ada %(n)s isian yang perlu diperbaiki.", n=2), errors=[{"field": "rw", "code": "x", "message": "terlalu besar"}]),
    "too-often": Problem(429, "too-often", Sentence("Terlalu sering. Coba lagi %(wait)s detik lagi.", wait=3)),
    "failed": RuntimeError("row of 3275990101900001"),
    "away": asyncpg.ConnectionDoesNotExistError("gone"),
}  # fmt: skip


@router.get("/refuse/{how}")
@router.post("/refuse/{how}")
async def refuse(how: str) -> None:
    raise REFUSALS[how]


@router.get("/secret")
async def secret() -> None:
    """Whoever is not an auditor is refused."""


ACCESS = {"GET /refuse/{how}": public(), "POST /refuse/{how}": public(), "GET /secret": may(Role.AUDITOR)}


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    pool: Any = None  # nothing here asks the database
    transport = httpx2.ASGITransport(app=small_app(pool, [router], ACCESS))
    cookies = session_cookie(someone(Role.COUNTER))
    async with httpx2.AsyncClient(transport=transport, base_url="http://antar.test", cookies=cookies) as client:
        yield client


BROWSER = {"Accept": "text/html,*/*"}


@pytest.mark.parametrize(
    ("path", "status", "heading", "advice"),
    [
        ("/refuse/changed", 409, "Data ini sudah berubah", "muat ulang untuk melihat keadaan terakhir"),
        ("/refuse/too-large", 413, "Isi permintaan terlalu besar", "kirim sebagai berkas CSV"),
        ("/refuse/form", 422, "Ada 2 isian yang perlu diperbaiki", "Isian Anda masih ada di sana"),
        ("/refuse/too-often", 429, "Terlalu sering", "Coba lagi 3 detik lagi"),
        ("/refuse/failed", 500, "Permintaan ini gagal karena kesalahan kami", "Coba lagi"),
        ("/refuse/away", 503, "Layanan sedang terganggu", "Yang sudah Anda catat aman"),
        ("/secret", 403, "Halaman ini bukan untuk peran Anda", "minta administrator"),
        ("/nowhere", 404, "Halaman tidak ada", "Periksa alamatnya"),
    ],
)
async def test_a_person_reads_what_it_is_and_what_to_do(
    client: httpx2.AsyncClient, path: str, status: int, heading: str, advice: str
) -> None:
    answer = await client.get(path, headers=BROWSER)
    page = Page(answer)
    assert (answer.status_code, answer.headers["Content-Language"]) == (status, "id")
    assert page.headings[0].startswith(heading)
    assert advice in page.text
    assert "3275990101900001" not in answer.text
    assert "Sari Contoh" in page.text  # the menu is there, wherever the trouble is


async def test_the_same_refusal_is_a_problem_document_for_a_machine(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/refuse/too-often")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Terlalu sering. Coba lagi 3 detik lagi."


async def test_an_english_reader_reads_english_with_the_same_values_and_goes_on_in_it(
    client: httpx2.AsyncClient,
) -> None:
    page = Page(await client.get("/refuse/too-often?bahasa=en", headers=BROWSER))
    assert page.headings == ["Too often"]
    assert "Try again in 3 seconds." in page.text
    later = await client.get("/refuse/form", headers=BROWSER)
    assert later.headers["Content-Language"] == "en"
    assert Page(later).headings == ["2 entries need to be put right"]
    assert "too large" in Page(later).text


async def test_the_link_to_the_other_language_keeps_the_page_and_its_question(client: httpx2.AsyncClient) -> None:
    page = Page(await client.get("/refuse/form?sesudah=7", headers=BROWSER))
    assert page.links["English"] == "?sesudah=7&bahasa=en"
    assert "English" not in Page(await client.post("/refuse/form", headers=BROWSER)).links


async def test_what_could_not_be_had_just_now_can_be_asked_for_again(client: httpx2.AsyncClient) -> None:
    looked = Page(await client.get("/refuse/away", headers=BROWSER))
    assert looked.links["Coba lagi"] == ""
