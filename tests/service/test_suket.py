"""The clock of interim certificates: six months, renewed in the last thirty days; who waits is told to printing once."""

from datetime import date, datetime, timedelta

import pytest

from services.intake.suket import renewed_until
from shared.clock import WIB
from shared.events.intake import SuketExpiring, SuketRenewed
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.intake_cases import clear, nik, opened, recorded
from tests.service.test_cases import WATI, _id, offered, path_of, takes
from tests.service.test_intake_hearing import printed


def today() -> date:

    return datetime.now(WIB).date()


def in_days(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake"))


@pytest.mark.parametrize(
    ("expires_on", "day", "until"),
    [
        (None, date(2026, 11, 25), date(2027, 5, 25)),
        (date(2026, 12, 10), date(2026, 11, 25), date(2027, 6, 10)),
        (date(2026, 10, 1), date(2026, 11, 25), date(2027, 5, 25)),
        (date(2026, 8, 31), date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2027, 8, 31), date(2028, 2, 29)),
    ],
)
def test_a_renewal_is_good_for_six_months_from_the_old_last_day_or_from_today(
    expires_on: date | None, day: date, until: date
) -> None:
    assert renewed_until(expires_on, day) == until


async def test_a_suket_is_renewed_on_its_case_and_printing_is_told(intake: ServiceUnderTest) -> None:
    case = await recorded(intake, suket_expires_on=in_days(20))
    await clear(intake, _id(case))
    assert (await takes(intake, case, "suket")).status == 303
    [renewed] = await intake.said(SuketRenewed)
    assert renewed.suket_expires_on == renewed_until(today() + timedelta(days=20), today())
    assert "suket" not in await offered(intake, case)
    assert "Suket diterbitkan atau diperpanjang" in Page(await intake.browser(WATI).get(path_of(case))).text


async def test_a_suket_that_is_good_for_long_or_not_needed_is_not_renewed(intake: ServiceUnderTest) -> None:
    good, family_card = await recorded(intake, suket_expires_on=in_days(31)), await recorded(intake, document_kind="KK")
    first_holder = await recorded(intake, nik=nik(2))
    assert "suket" in await offered(intake, first_holder)
    await clear(intake, _id(first_holder))
    for case in (good, family_card, first_holder):
        assert "suket" not in await offered(intake, case)
        assert (await intake.browser(WATI).get(f"{path_of(case)}/suket")).status_code == 409


async def test_printing_is_told_once_when_the_suket_of_one_who_waits_runs_out(intake: ServiceUnderTest) -> None:
    near, far = (
        await recorded(intake, suket_expires_on=in_days(30)),
        await recorded(intake, nik=nik(2), suket_expires_on=in_days(31)),
    )
    unready, done = (
        await recorded(intake, nik=nik(3), suket_expires_on=in_days(5)),
        await recorded(intake, nik=nik(4), suket_expires_on=in_days(5)),
    )
    for case in (near, far, done):
        await clear(intake, _id(case), at="2026-01-05T09:00:00+07:00")
    await intake.hears(printed(_id(done)))
    await intake.works()
    await intake.works()
    assert [e.application_id for e in await intake.said(SuketExpiring)] == [_id(near)]
    await clear(intake, _id(unready), at="2026-01-05T09:00:00+07:00")
    await intake.works()
    assert [e.application_id for e in await intake.said(SuketExpiring)] == [_id(near), _id(unready)]


async def test_what_the_clearance_itself_says_is_not_told_again(intake: ServiceUnderTest) -> None:
    case = await recorded(intake, suket_expires_on=in_days(10))
    await clear(intake, _id(case))
    await intake.works()
    assert await intake.said(SuketExpiring) == []


async def test_those_whose_suket_runs_out_are_listed_the_first_first(intake: ServiceUnderTest) -> None:
    later, sooner, _ = [
        await recorded(intake, nik=nik(n), suket_expires_on=in_days(days)) for n, days in ((1, 29), (2, -3), (3, 60))
    ]
    page = Page(await intake.browser(WATI).get("/loket/antrean/suket"))
    assert [text for text in page.links if text.startswith("KTP/")] == [sooner["office_number"], later["office_number"]]
    overview = Page(await intake.browser(WATI).get("/loket/perlu"))
    assert "Perpanjang suket bila pemohon datang. 2" in overview.text
