"""Whoever reads his place sees it move when a suket brings another in front of him."""

from shared.events.printing import PrintOrderReclassified, PriorityClass
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.notify_cases import Life


def reclassified(life: Life, into: PriorityClass) -> PrintOrderReclassified:
    queued = life.queued()
    assert queued.blank_kind
    return PrintOrderReclassified(
        application_id=life.application_id, site=queued.site, blank_kind=queued.blank_kind, priority_class=into,
        place_since=queued.place_since, policy_version=queued.policy_version, reclassified_at=queued.queued_at,
    )  # fmt: skip


async def place_of(notify: ServiceUnderTest, life: Life) -> int:
    answer = await notify.http.get(f"/lacak/{life.code}.json")
    place: int = answer.json()["queue"]["position"]
    return place


async def test_a_place_follows_the_class_and_its_count_stays_right(harness: Harness) -> None:
    notify = await harness("notify", lookups_per_minute=1000)
    first, second = Life(code="BKS-7F3K9Q001"), Life(code="BKS-7F3K9Q002", day=1)
    await notify.hears(*first.in_queue(), *second.in_queue())
    assert [await place_of(notify, one) for one in (first, second)] == [1, 2]
    await notify.hears_twice(reclassified(second, PriorityClass.SUKET_EXPIRING))
    assert [await place_of(notify, one) for one in (first, second)] == [2, 1]
    await notify.hears(reclassified(second, PriorityClass.WAITING))
    assert [await place_of(notify, one) for one in (first, second)] == [1, 2]
    assert (await notify.rows("select sum(n)::int from waiting_count"))[0] == (2,)


async def test_who_has_a_blank_does_not_come_back_into_the_queue_by_it(harness: Harness) -> None:
    notify = await harness("notify", lookups_per_minute=1000)
    life = Life()
    await notify.hears(*life.in_queue(), life.allocated())
    await notify.hears(reclassified(life, PriorityClass.SUKET_EXPIRING))
    assert await notify.rows("select from waiting") == []
