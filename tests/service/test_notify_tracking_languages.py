"""One page for each state, in Bahasa and in English, as light as a bad connection needs it."""

import re
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from services.notify.domain import State
from services.notify.store.tracking import note_caught_up
from shared.events.dispatch import AttemptOutcome
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.notify_cases import SECRETS, Life, lot
from tests.service.notify_stories import STORIES, Said

CODE = "BKS-7F3K-9Q2M5"
BAHASA = re.compile(r"\b(yang|dan|Anda|kami|dari|belum|sudah|dokumen|untuk|dengan|petugas|tidak|sejak)\b")
# A code of a release to come is written on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")

WEIGHT = 30_000
"""Bytes on the wire of a page with its style and its mark."""


async def caught_up(notify: ServiceUnderTest, *, ago: timedelta = timedelta()) -> None:
    async with notify.db.transaction() as tx:
        await tx.conn.execute("delete from caught_up")
        await note_caught_up(tx.conn, datetime.now(UTC) - ago)


@pytest.fixture
async def notify(harness: Harness) -> ServiceUnderTest:
    notify = await harness("notify", lookups_per_minute=1000)
    await caught_up(notify)
    return notify


async def look(browser: httpx2.AsyncClient, path: str, status: int = 200) -> httpx2.Response:
    answer = await browser.get(path)
    assert answer.status_code == status
    return answer


def test_there_is_a_story_for_every_state() -> None:
    assert {story.state for story in STORIES} == set(State)


@pytest.mark.parametrize("language", ["id", "en"])
async def test_every_state_has_its_headline_tag_and_honest_reason_and_nothing_about_the_person(
    notify: ServiceUnderTest, language: str
) -> None:
    browser = notify.browser(None)
    for number, story in enumerate(STORIES):
        life = story.life(number)
        await notify.hears(*story.happened(life))
        said: Said = getattr(story, language)
        page = (await look(browser, f"/lacak/{life.code}?bahasa={language}")).text
        assert f"<h1>{said.headline}</h1>" in page, story.state
        assert f'<span class="tag {story.family} big">{said.tag}</span>' in page, story.state
        assert said.sentence in page, story.state
        assert ("Layanan ini GRATIS" if language == "id" else "This service is FREE") in page
        assert f'<html lang="{language}">' in page
        assert not [secret for secret in (*SECRETS, "087", "KTP/2017/09/000123") if secret in page], story.state
        twin = (await look(browser, f"/lacak/{life.code}.json?bahasa={language}")).json()
        assert (twin["state"], twin["tag"]) == (story.state, said.tag)
        assert not [secret for secret in SECRETS if secret in str(twin)], story.state


async def test_no_word_of_bahasa_is_left_on_an_english_page(notify: ServiceUnderTest) -> None:
    browser = notify.browser(None)
    await notify.hears(lot(1))
    for number, story in enumerate(STORIES):
        life = story.life(number)
        await notify.hears(*story.happened(life))
        text = Page(await look(browser, f"/lacak/{life.code}?bahasa=en")).text
        assert not BAHASA.findall(text.replace("Bahasa Indonesia", "")), story.state
    assert not BAHASA.findall(Page(await look(browser, "/lacak?bahasa=en")).text)


async def test_the_other_language_is_a_link_on_the_same_page_and_is_kept(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life().in_queue())
    browser = notify.browser(None)
    page = Page(await look(browser, f"/lacak/{CODE}"))
    assert page.links["English"] == "?bahasa=en"
    english = Page(await look(browser, f"/lacak/{CODE}{page.links['English']}"))
    assert "Your place" in english.headings
    assert english.links["Bahasa Indonesia"] == "?bahasa=id"
    assert "Your place" in Page(await look(browser, f"/lacak/{CODE}")).headings
    assert (await look(browser, "/lacak/BKS-0000-00000", 404)).text.count("No such code.") == 1


async def test_numbers_are_written_as_the_language_writes_them(notify: ServiceUnderTest) -> None:
    await notify.hears(lot(12_345), *Life().in_queue())
    browser = notify.browser(None)
    assert "<strong>12.345</strong>" in (await look(browser, f"/lacak/{CODE}")).text
    assert "<strong>12,345</strong>" in (await look(browser, f"/lacak/{CODE}?bahasa=en")).text


async def test_every_page_is_light_and_asks_for_no_script(notify: ServiceUnderTest) -> None:
    browser = notify.browser(None)
    await notify.hears(lot(1000))
    heaviest = 0
    for number, story in enumerate(STORIES):
        life = story.life(number)
        await notify.hears(*story.happened(life))
        page = await look(browser, f"/lacak/{life.code}")
        assert "<script" not in page.text
        files = set(re.findall(r'"(/static/[^"]+)"', page.text))
        assert len(files) == 2, "a style and a mark"
        heaviest = max(heaviest, len(page.content) + sum([len((await look(browser, file)).content) for file in files]))
    assert heaviest < WEIGHT


async def test_a_page_that_may_be_behind_says_so_and_since_when(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life().in_queue())
    browser = notify.browser(None)
    assert "terlambat" not in (await look(browser, f"/lacak/{CODE}")).text
    await caught_up(notify, ago=timedelta(minutes=1))
    assert "terlambat" not in (await look(browser, f"/lacak/{CODE}")).text
    await caught_up(notify, ago=timedelta(minutes=5))
    page = (await look(browser, f"/lacak/{CODE}")).text
    assert "Pembaruan terlambat." in page
    assert re.search(r"Data per \d+ \w+ \d+, \d\d\.\d\d WIB; pembaruan terlambat", page)
    twin = (await look(browser, f"/lacak/{CODE}.json")).json()
    assert twin["late"]
    assert datetime.fromisoformat(twin["as_of"]) < datetime.now(UTC) - timedelta(minutes=4)


async def test_before_anybody_knows_how_much_was_read_no_time_is_claimed(notify: ServiceUnderTest) -> None:
    await notify.pool.execute("delete from caught_up")
    await notify.hears(*Life().in_queue())
    page = (await look(notify.browser(None), f"/lacak/{CODE}")).text
    assert "Keadaan sebenarnya mungkin sudah lebih maju." in page
    assert "Data per" not in page


async def test_an_application_whose_facts_are_set_aside_is_behind_and_no_other(notify: ServiceUnderTest) -> None:
    life, other = Life(), Life(code="BKS-000000001")
    await notify.hears(*life.born(), *other.born())
    notify.misses(life.cleared())
    await notify.hears(life.central("PROCESSING"))
    await notify.pool.execute("update parked set parked_at = now() - interval '3 minutes'")
    assert (await look(notify.browser(None), f"/lacak/{CODE}.json")).json()["late"]
    assert not (await look(notify.browser(None), f"/lacak/{other.code}.json")).json()["late"]


async def test_what_was_missing_and_is_brought_is_not_asked_for_any_more(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.born(), life.incomplete(), life.made_complete())
    assert (await look(notify.browser(None), f"/lacak/{CODE}.json")).json()["state"] == "RECEIVED"


async def test_the_badge_of_who_comes_is_shown_from_the_day_he_is_named(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.on_paper())
    browser = notify.browser(None)
    assert "TKK-0311" not in (await look(browser, f"/lacak/{CODE}")).text
    for event in (life.assigned(), life.handed()):
        await notify.hears(event)
        page = (await look(browser, f"/lacak/{CODE}")).text
        assert "TKK-0311" in page
        assert "Petugas RW 011" in page


async def test_after_the_last_visit_the_next_step_is_named(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.on_the_way(), life.missed(3))
    page = (await look(notify.browser(None), f"/lacak/{CODE}")).text
    assert "Berikutnya dokumen disimpan di kelurahan" in page
    assert "Kami datang lagi" not in page


async def test_a_lost_document_that_is_found_goes_on(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.on_the_way(), life.missed(1, AttemptOutcome.LOST_IN_TRANSIT, counted=False))
    assert "Ditelusuri" in (await look(notify.browser(None), f"/lacak/{CODE}")).text
    await notify.hears(life.completed())
    assert "Sudah diserahkan" in (await look(notify.browser(None), f"/lacak/{CODE}")).text


async def test_the_journey_names_what_really_goes_on_now(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.on_the_way(), life.missed(3), life.held())
    steps = (await look(notify.browser(None), f"/lacak/{CODE}.json")).json()["steps"]
    assert [(step["name"], step["where"]) for step in steps[3:]] == [
        ("Dicetak", "past"),
        ("Disimpan di kelurahan", "now"),
        ("Diterima Anda atau anggota keluarga dewasa", "next"),
    ]
    assert steps[4]["at"].startswith("2017-09-11")


async def test_the_report_counts_the_states_that_the_pages_show(notify: ServiceUnderTest) -> None:
    for number, story in enumerate(STORIES):
        await notify.hears(*story.happened(story.life(number)))
    summary = (await notify.http.get("/summary")).json()
    assert summary["by_state"] == {story.state: 1 for story in STORIES}
