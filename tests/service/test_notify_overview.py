"""A supervisor begins with how many applications stand where, and whether messages arrive; with nobody's data."""

from shared.events.intake import Missing
from shared.people import Role
from tests.browsing import Page
from tests.conftest import Harness
from tests.people import someone
from tests.service.notify_cases import SECRETS, Life

SUPERVISOR = someone(Role.SUPERVISOR, areas=("32.75.01",))


async def test_before_the_first_application_the_page_says_so(harness: Harness) -> None:
    page = Page(await (await harness("notify")).browser(SUPERVISOR).get("/kabar"))
    assert page.status == 200
    assert "Belum ada permohonan." in page.text


async def test_applications_are_counted_under_the_words_that_their_applicants_read(harness: Harness) -> None:
    notify = await harness("notify")
    for n in range(2):
        await notify.hears(*Life(code=f"BKS-7F3K-9Q2M{n}").in_queue())
    await notify.hears(*(life := Life()).born(), life.incomplete(Missing.FAMILY_CARD))
    await notify.works()
    answer = await notify.browser(SUPERVISOR).get("/kabar")
    text = Page(answer).text
    assert "Menunggu blangko 2" in text
    assert "Perlu dilengkapi: 1" in text
    assert not [secret for secret in SECRETS if secret in answer.text]


async def test_the_message_log_is_for_those_of_the_whole_city_and_each_look_is_noted(harness: Harness) -> None:
    notify = await harness("notify")
    assert (await notify.as_(SUPERVISOR).get("/messages")).status_code == 403
    assert (await notify.as_(someone(Role.SUPERVISOR)).get("/messages")).status_code == 200
    assert await notify.rows("select what, result from audit order by id") == [
        ("refused", "403"),
        ("looked-at-messages", "done"),
    ]
