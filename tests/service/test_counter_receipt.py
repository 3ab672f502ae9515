"""What a family takes home: numbers, codes, what happens next, on a page and on paper."""

import re
import zlib

import pytest

from services.intake.receipt import Office
from shared.people import Role
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.people import someone
from tests.service.counter_cases import ADDRESS, FAMILY, MOTHER, OTHER, Counter
from tests.service.intake_cases import opened


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake", tracking_address="lacak.antar.test/lacak"))


@pytest.fixture
def counter(intake: ServiceUnderTest) -> Counter:
    return Counter(intake)


async def test_the_last_page_tells_numbers_codes_and_what_happens_next(
    intake: ServiceUnderTest, counter: Counter
) -> None:
    page = await counter.opens(await counter.registers(FAMILY))
    assert "Tercatat: 5 permohonan, satu kali antar" in page.headings
    for number, code in await intake.rows("select office_number, tracking_code from application"):
        assert number in page.text
        assert code in page.text
        assert page.links[number] == f"/loket/permohonan/{number.replace('/', '-')}"
    assert "lalu menunggu blangko" in page.text
    assert "ditandatangani pejabat" in page.text
    assert page.links["Daftar keluarga berikutnya"] == "/loket/daftar"


async def test_the_receipt_is_a_pdf_of_a6_without_name_or_number_of_anybody(counter: Counter) -> None:
    address = await counter.registers(FAMILY)
    answer = await counter.browser.get(f"/loket/tanda-terima/{address.rsplit('/', 1)[1]}.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"%PDF-")
    plain = answer.content + b"".join(_inflated(answer.content))
    [box] = set(re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+ [\d.]+)\]", plain))
    assert [round(float(side) / 72 * 25.4) for side in box.split()] == [105, 148]
    for secret in (MOTHER["nik1"], ADDRESS["kk"], "SARTIKA", "Sartika", "Kenari", "81234567890"):
        assert secret.encode() not in plain


async def test_the_slip_for_receipt_printers_says_the_same(intake: ServiceUnderTest, counter: Counter) -> None:
    address = await counter.registers(FAMILY)
    answer = await counter.browser.get(f"/loket/tanda-terima/{address.rsplit('/', 1)[1]}")
    slip = Page(answer)
    for number, code in await intake.rows("select office_number, tracking_code from application"):
        assert number in slip.text
        assert code in slip.text
    assert "Layanan ini GRATIS." in slip.text
    assert "1500-537" in slip.text
    assert answer.text.count("<svg xmlns") == 5
    assert "style=" not in answer.text
    for secret in (MOTHER["nik1"], ADDRESS["kk"], "SARTIKA", "81234567890"):
        assert secret not in answer.text


async def test_a_receipt_is_printed_again_by_any_officer_of_the_place_and_by_nobody_else(
    intake: ServiceUnderTest, counter: Counter
) -> None:
    path = await counter.registers(FAMILY)
    assert (await Counter(intake, OTHER).opens(path)).status == 200
    elsewhere = Counter(intake, someone(Role.COUNTER, areas=("32.75.04",)))
    id_ = path.rsplit("/", 1)[1]
    for address in (path, f"/loket/tanda-terima/{id_}", f"/loket/tanda-terima/{id_}.pdf"):
        assert (await elsewhere.browser.get(address)).status_code == 403
    looks = await intake.rows("select what, record from audit where what = 'looked-at-registration'")
    assert looks == [("looked-at-registration", id_)]


async def test_a_registration_that_does_not_exist_is_not_found(counter: Counter) -> None:
    unknown = "00000000-0000-7000-8000-000000000000"
    for address in ("daftar/selesai/" + unknown, "tanda-terima/" + unknown, f"tanda-terima/{unknown}.pdf"):
        assert (await counter.browser.get(f"/loket/{address}")).status_code == 404


def test_the_code_on_paper_leads_to_the_tracking_page_wherever_that_is() -> None:
    behind_one_address = Office("Dinas", "1500-537", "lacak.bekasi.test/lacak")
    assert behind_one_address.tracking_url("BKS-X") == "https://lacak.bekasi.test/lacak/BKS-X"
    on_this_machine = Office("Dinas", "1500-537", "127.0.0.1:8104/lacak")
    assert on_this_machine.tracking_url("BKS-X") == "http://127.0.0.1:8104/lacak/BKS-X"
    apart = Office("Dinas", "1500-537", "127.0.0.1:8101/lacak", "http://127.0.0.1:21104")
    assert apart.tracking_url("BKS-X") == "http://127.0.0.1:21104/lacak/BKS-X"


def _inflated(pdf: bytes) -> list[bytes]:
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    found = []
    for stream in streams:
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return found
