"""Cases are found by what people bring along, and stand in the queue of whoever has to do something about them."""

import httpx2
import pytest

from shared.people import Person, Role
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.people import someone
from tests.service.intake_cases import FORM, clear, file, nik, opened, recorded, row, send
from tests.service.test_cases import WATI, _id, path_of, takes

SARI = someone(Role.COUNTER, Role.VERIFIER, name="Sari Contoh")
ELSEWHERE = someone(Role.COUNTER, areas=("32.75.02",))


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake"))


async def search(intake: ServiceUnderTest, words: str, who: Person = SARI) -> Page:
    browser = intake.browser(who)
    return Page(await browser.get(await searched(browser, words)))


async def searched(browser: httpx2.AsyncClient, words: str) -> str:
    """The address of what was found."""
    page = Page(await browser.get("/loket/cari"))
    answer = await browser.post("/loket/cari", data=page.form("/cari").filled({"cari": words}))
    assert answer.status_code == 303
    return answer.headers["location"]


def numbers(page: Page) -> list[str]:
    return [text for text, address in page.links.items() if address.startswith("/loket/permohonan/")]


@pytest.mark.parametrize(
    "words",
    ["{office_number}", "ktp-2026-11-1", "{tracking_code}", "3275 9901 0190 0001", FORM["kk"], "bint", "kejora con"],
)
async def test_a_case_is_found_by_number_code_nik_family_card_or_the_beginning_of_a_name(
    intake: ServiceUnderTest, words: str
) -> None:
    case = await recorded(intake, recorded_at="2026-11-03T09:00:00+07:00")
    page = await search(intake, words.format(**case))
    assert numbers(page) == [case["office_number"]]
    assert nik(1) not in page.text.replace(words, "")
    assert "3275********0001" in page.text


@pytest.mark.parametrize("words", ["{office_number}", "{tracking_code}", "3275990101900001", "bintang"])
async def test_what_lies_outside_the_area_is_not_found(intake: ServiceUnderTest, words: str) -> None:
    case = await recorded(intake)
    page = await search(intake, words.format(**case), ELSEWHERE)
    assert numbers(page) == []
    assert "Tidak ada. Periksa angka, atau daftar baru." in page.text


async def test_the_way_back_leads_to_what_was_found_and_nobody_else_comes_to_it(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    browser = intake.browser(SARI)
    address = await searched(browser, "bintang")
    assert "bintang" not in address
    for _ in range(2):
        assert numbers(Page(await browser.get(address))) == [case["office_number"]]
    assert (await intake.browser(WATI).get(address)).status_code == 404


async def test_a_search_is_kept_by_its_kind_and_never_by_its_words(intake: ServiceUnderTest) -> None:
    await recorded(intake)
    for words in (nik(1), "bintang", "KTP/2026/11/000001"):
        await search(intake, words)
    kept = await intake.rows("select what, details::text from audit where who = $1 order by id", SARI.subject)
    assert [what for what, _ in kept] == ["searched"] * 3
    assert ['"by": "nik-or-kk"' in kept[0][1], '"by": "name"' in kept[1][1], '"by": "number"' in kept[2][1]] == [
        True
    ] * 3
    everything = str(await intake.rows("select * from audit")).lower()
    assert nik(1) not in everything
    assert "bintang" not in everything


async def test_too_few_letters_are_refused(intake: ServiceUnderTest) -> None:
    for words in ("bi", "", "'; --", "12"):
        assert (await search(intake, words)).status == 422


async def test_letters_that_mean_something_to_the_database_are_only_letters(intake: ServiceUnderTest) -> None:
    case = await recorded(intake, full_name="Dewi O'Neil")
    for words in ("o'neil", "neil & dewi", "dewi | !x:*"):
        assert (await search(intake, words)).status == 200
    assert numbers(await search(intake, "o'neil")) == [case["office_number"]]


async def test_a_number_that_is_not_found_is_carried_over_to_a_new_registration(intake: ServiceUnderTest) -> None:
    page = await search(intake, "3275 9901 0190 0009")
    form = page.form("/daftar").filled(kk="3275990101900009")
    assert nik(9) not in page.form("/daftar").action
    sheet = Page(await intake.browser(SARI).post("/loket/daftar", data=form))
    assert sheet.form().filled()["kk"] == "3275990101900009"


async def test_a_long_result_goes_on_behind_its_last_row(intake: ServiceUnderTest) -> None:
    await send(intake, file(*(row(n) for n in range(1, 61))))
    first = await search(intake, "bintang")
    assert len(numbers(first)) == 50
    rest = Page(await intake.browser(SARI).get(first.links["Berikutnya"]))
    assert len(numbers(rest)) == 10
    assert not set(numbers(first)) & set(numbers(rest))


async def queue(intake: ServiceUnderTest, which: str, who: Person = SARI) -> Page:
    return Page(await intake.browser(who).get(f"/loket/antrean/{which}"))


async def test_each_case_waits_in_one_queue_and_moves_on_with_what_happens(intake: ServiceUnderTest) -> None:
    case = await recorded(intake, birth_date="1991-01-01")
    id_ = _id(case)

    async def where() -> list[str]:
        all_of_them = ("dilengkapi", "dicocokkan", "bermasalah", "pusat", "blangko", "selesai")
        return [which for which in all_of_them if numbers(await queue(intake, which))]

    assert await where() == ["dicocokkan"]
    await takes(intake, case, "cocok")
    assert await where() == ["pusat"]
    await takes(intake, case, "kembalikan", kurang="SIGNATURE")
    assert await where() == ["dilengkapi"]
    assert "Tanda tangan pemohon" in (await queue(intake, "dilengkapi")).text
    await takes(intake, case, "lengkap")
    await clear(intake, id_, "DUPLICATE_RECORD")
    assert await where() == ["bermasalah"]
    page = await queue(intake, "bermasalah")
    assert "Datang ke Disdukcapil dengan KK untuk memilih domisili" in page.text
    assert "CONTOH BINTANG" not in page.text
    await clear(intake, id_)
    assert await where() == ["blangko"]
    await takes(intake, case, "batalkan", alasan="MOVED_OUT")
    assert await where() == ["selesai"]


async def test_the_overview_counts_the_own_area_and_names_the_oldest(intake: ServiceUnderTest) -> None:
    await recorded(intake, recorded_at="2026-11-03T09:00:00+07:00")
    await recorded(intake, nik=nik(2))
    await recorded(intake, nik=nik(3), kelurahan="Margahayu", rw="1")
    page = Page(await intake.browser(WATI).get("/loket/perlu"))
    assert page.links["Menunggu pusat"] == "/loket/antrean/pusat"
    assert "Jangan janjikan tanggal. 3 3 November 2026" in page.text
    margahayu = someone(Role.COUNTER, areas=("32.75.01.1002",))
    assert "Jangan janjikan tanggal. 1 " in Page(await intake.browser(margahayu).get("/loket/perlu")).text
    assert len(numbers(await queue(intake, "pusat", margahayu))) == 1


async def test_a_long_queue_goes_on_behind_its_last_row(intake: ServiceUnderTest) -> None:
    await send(intake, file(*(row(n) for n in range(1, 61))))
    first = await queue(intake, "pusat")
    following = Page(await intake.browser(SARI).get(first.links["Berikutnya"]))
    assert [len(numbers(first)), len(numbers(following))] == [50, 10]
    assert not set(numbers(first)) & set(numbers(following))
    assert (await intake.browser(SARI).get("/loket/antrean/pusat?setelah=x_y")).status_code == 404
    assert (await queue(intake, "lain")).status == 404


async def test_cases_open_from_the_list_that_names_them(intake: ServiceUnderTest) -> None:
    case = await recorded(intake)
    assert (await queue(intake, "pusat")).links[case["office_number"]] == path_of(case)
