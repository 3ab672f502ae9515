"""The public page says for every state why, and never who."""

import re
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from services.notify.settings import Settings
from services.notify.store.tracking import note_caught_up
from shared.events.dispatch import AttemptOutcome, ReturnReason
from shared.events.intake import RECIPIENT, CancelReason
from shared.events.printing import PriorityClass
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.notify_cases import SECRETS, Life, lot

CODE = "BKS-7F3K-9Q2M5"


@pytest.fixture
async def notify(harness: Harness) -> ServiceUnderTest:
    notify = await harness("notify", lookups_per_minute=1000)
    async with notify.db.transaction() as tx:
        await note_caught_up(tx.conn, datetime.now(UTC))
    return notify


async def page_of(notify: ServiceUnderTest, code: str = CODE) -> str:
    answer = await notify.http.get(f"/lacak/{code}")
    assert answer.status_code == 200
    return answer.text


async def test_paper_documents_never_wait_for_a_blank(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life(card=False, name="Kartu Keluarga").in_queue())
    page = await page_of(notify)
    assert "Tidak perlu blangko" in page
    assert "Urutan Anda" not in page


async def test_after_the_last_visit_and_after_one_that_does_not_count_nobody_is_said_to_come_again(
    notify: ServiceUnderTest,
) -> None:
    life, other = Life(), Life(code="BKS-000000001")
    await notify.hears(*life.on_the_way(), life.missed(2), life.missed(3))
    page = await page_of(notify)
    assert "Kunjungan 3 dari 3" in page
    assert "Kami datang lagi" not in page
    await notify.hears(*other.on_the_way(), other.missed(1), other.missed(2, AttemptOutcome.WRONG_RW, counted=False))
    page = await page_of(notify, other.code)
    assert "Dokumen kami alihkan ke petugas RW lain." in page
    assert not [words for words in ("Kunjungan", "Kami datang lagi", "TKK-0311") if words in page]


async def test_before_any_fact_but_the_code_is_known_the_page_says_received_and_no_date(
    notify: ServiceUnderTest,
) -> None:
    await notify.hears(Life().recipient())
    page = await page_of(notify)
    assert "Permohonan diterima" in page
    assert "Kami terima" not in page


async def test_the_family_of_one_who_has_died_is_asked_for_nothing(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.on_the_way(), life.missed(1, AttemptOutcome.DECEASED))
    page = await page_of(notify)
    assert "Silakan hubungi kelurahan." in page
    assert "Siapkan" not in page
    await notify.hears(life.returned(ReturnReason.DECEASED))
    assert "Silakan hubungi kelurahan." in await page_of(notify)


async def test_the_place_is_exact_within_class_then_time_and_follows_every_change(notify: ServiceUnderTest) -> None:
    classes = [PriorityClass.WAITING, PriorityClass.FIRST_HOLDER, PriorityClass.REPLACEMENT, PriorityClass.WAITING]
    others = [
        Life(code=f"BKS-00000000{i}", priority=p, day=d)
        for i, (p, d) in enumerate(zip(classes, (0, 9, 0, 5), strict=True))
    ]
    me = Life(priority=PriorityClass.WAITING, day=3)
    for life in (*others, me):
        await notify.hears(*life.in_queue())

    async def place() -> tuple[int, int, int]:
        queue = (await notify.http.get(f"/lacak/{CODE}.json")).json()["queue"]
        return queue["position"], queue["waiting"], queue["blanks"]

    assert await place() == (3, 5, 0)
    await notify.hears(lot(10), others[1].allocated())
    assert await place() == (2, 4, 9)
    await notify.hears(others[0].cancelled())
    assert await place() == (1, 3, 9)
    await notify.hears(others[1].spoiled())
    assert await place() == (2, 4, 9)
    await notify.hears(me.allocated(), me.spoiled())
    assert await place() == (2, 4, 8)
    page = await page_of(notify)
    assert "Blangko yang ada: <strong>8</strong>" in page
    assert "Menunggu sejak perekaman (kelompok Anda)" in page


async def test_a_released_blank_of_a_cancelled_application_is_free_again(notify: ServiceUnderTest) -> None:
    life, other = Life(code="BKS-000000001"), Life()
    await notify.hears(lot(1), *life.in_queue(), life.allocated(), *other.in_queue())
    await notify.hears(life.cancelled(), life.released())
    page = await page_of(notify)
    assert "Blangko yang ada: <strong>1</strong>" in page
    assert "dari 1 orang" in page


async def test_the_code_may_be_typed_carelessly(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life(code="BKS-7F3K9Q01M").born())
    typed = await notify.http.post("/lacak", content=b"kode=+bks+7f3k+9qoim+", headers={"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert typed.status_code == 303
    assert (await notify.http.get(typed.headers["Location"])).status_code == 200
    assert (await notify.http.get("/lacak/7f3k9q0lm")).status_code == 200


async def test_a_wrong_an_unknown_and_an_erased_code_get_the_same_answer(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.in_queue())
    await notify.hears_erased(RECIPIENT, str(life.application_id))
    answers = {}
    for code in ("BKS-7F3K-9Q2M6", "BKS-0000-00001", "halo", CODE):
        answer = await notify.http.get(f"/lacak/{code}")
        answers[code] = (answer.status_code, answer.text.replace(f'value="{code}"', ""))
    assert len(set(answers.values())) == 1
    assert "Kode tidak ditemukan. Periksa lagi kode di tanda terima." in answers["halo"][1]
    assert answers["halo"][0] == 404


async def test_a_nik_in_place_of_a_code_is_turned_away_and_never_repeated(
    notify: ServiceUnderTest, capfd: pytest.CaptureFixture[str]
) -> None:
    nik = SECRETS[1]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for answer in (
        await notify.http.get(f"/lacak/{nik}"),
        await notify.http.post("/lacak", content=f"kode={nik}".encode(), headers=form),
        await notify.http.get(f"/lacak/{nik}.json"),
    ):
        assert answer.status_code == 404
        assert "Jangan masukkan NIK" in answer.text
        assert nik not in answer.text
    assert nik not in "".join(capfd.readouterr())


async def test_what_was_typed_comes_back_escaped(notify: ServiceUnderTest) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    page = (await notify.http.post("/lacak", content=b"kode=<b>x</b>%00%ff", headers=form)).text
    assert "<b>x" not in page
    assert "&lt;b&gt;x" in page


@pytest.mark.parametrize(
    "typed",
    [
        "../../health/live", "%00", "\x00", "a" * 5000, "'; drop table application; --", "<script>alert(1)</script>", "{{7*7}}",
        "BKS-7F3K-9Q2M", "BKS-7F3K-9Q2M5-1", "۱۲۳۴۵۶۷۸۹", "BKS‑7F3K‑9Q2MU", "\ud83d\ude80", "http://evil.example/", " ",
    ],
)  # fmt: skip
async def test_a_hostile_code_is_an_unknown_code(notify: ServiceUnderTest, typed: str) -> None:
    await notify.hears(*Life().born())
    browser = notify.browser(None)
    text = typed.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    by_address = await browser.get(f"/lacak/{quote(text, safe='')}")
    assert by_address.status_code == 404
    by_form = await browser.post("/lacak", data={"kode": text})
    assert by_form.status_code == (404 if text.strip() else 422)
    assert "location" not in by_form.headers
    for answer in (by_address, by_form):
        assert not re.search("<script|alert\\(1\\)<|>49<", answer.text)
    assert (await browser.get(f"/lacak/{CODE}")).status_code == 200


async def test_nothing_typed_is_told_as_that_and_the_field_has_the_focus(notify: ServiceUnderTest) -> None:
    answer = await notify.browser(None).post("/lacak", data={"kode": ""})
    assert answer.status_code == 422
    assert "Isi kode lacak." in answer.text
    assert re.search('<input id="kode"[^>]* autofocus', answer.text)


@pytest.mark.parametrize(
    "typed", ["NIK 3275991708900001", "3275 9917-0890 0001", "327599170890000", "no: 3275991708900001/A"]
)
async def test_a_number_of_a_person_is_not_given_back_in_any_dress(notify: ServiceUnderTest, typed: str) -> None:
    browser = notify.browser(None)
    for answer in (
        await browser.post("/lacak", data={"kode": typed}),
        await browser.get(f"/lacak/{quote(typed, safe='')}"),
    ):
        assert answer.status_code == 404
        assert "3275" not in answer.text
        assert "0890" not in answer.text


async def test_the_address_on_the_receipt_is_the_page(notify: ServiceUnderTest) -> None:
    settings = notify.parts.settings
    assert isinstance(settings, Settings)
    await notify.hears(*Life().in_queue())
    _, _, path = settings.tracking_address.partition("/")
    for code in (CODE, CODE.lower(), CODE.replace("-", "")):
        answer = await notify.browser(None).get(f"/{path}/{code}")
        assert answer.status_code == 200
        assert f'<span class="code">{CODE}</span>' in answer.text


async def test_officers_find_their_way_in_and_the_page_works_without_a_sign_in(harness: Harness) -> None:
    notify = await harness("notify", addresses={"/loket": "https://loket.antar.test"})
    page = Page(await notify.browser(None).get("/lacak"))
    assert page.links["Masuk untuk petugas"] == "https://loket.antar.test/loket/masuk"
    assert page.form("/lacak").filled(kode="x") == {"kode": "x"}


async def test_codes_cannot_be_tried_out(harness: Harness) -> None:
    notify = await harness("notify", misses_per_minute=3, lookups_per_minute=5)
    await notify.hears(*Life().born())
    for _ in range(3):
        assert (await notify.http.get("/lacak/BKS-0000-00000")).status_code == 404
    answer = await notify.http.get(f"/lacak/{CODE}")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert "Terlalu sering. Coba lagi" in answer.text
    assert (await notify.http.get(f"/lacak/{CODE}.json")).status_code == 429
    assert (await notify.http.get("/lacak")).status_code == 200


async def test_one_address_cannot_look_without_end(harness: Harness) -> None:
    notify = await harness("notify", lookups_per_minute=5)
    await notify.hears(*Life().born())
    codes = [(await notify.http.get(f"/lacak/{CODE}")).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]


async def test_the_page_is_kept_by_nobody_and_its_stylesheet_for_ever(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life().in_queue())
    answer = await notify.http.get(f"/lacak/{CODE}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert not re.search(r"<script| style=| on\w+=|//", answer.text.replace("http://antar.test", ""))
    sheet = re.search(r'href="(/static/antar\.[0-9a-f]{10}\.css)"', answer.text)
    assert sheet
    style = await notify.http.get(sheet[1])
    assert style.headers["Content-Type"].startswith("text/css")
    assert "immutable" in style.headers["Cache-Control"]
    assert (await notify.http.get("/static/antar.0000000000.css")).status_code == 404


async def test_a_cancellation_after_a_death_says_no_reason(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.born(), life.cancelled(CancelReason.DECEASED))
    assert "Dibatalkan 7 September 2017." in await page_of(notify)
