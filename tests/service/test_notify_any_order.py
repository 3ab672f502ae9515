"""Facts of different topics come in any order and in any batches; the page and the messages are the same."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.events.base import Event
from shared.events.dispatch import AttemptOutcome, ReturnReason
from shared.events.printing import PriorityClass
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.notify_cases import Life

ENDINGS = {
    "delivered": lambda a: [*a.on_the_way(), a.missed(1), a.missed(2), a.completed(), a.closed()],
    "reprinted": lambda a: [*a.in_queue(), a.allocated(), a.spoiled(), a.allocated(), a.printed(), a.assigned()],
    "waiting again": lambda a: [*a.in_queue(), a.central("CARD_PRINTED"), a.allocated(), a.spoiled()],
    "cancelled": lambda a: [*a.in_queue(), a.allocated(), a.cancelled(), a.released()],
    "withdrawn": lambda a: [*a.on_paper(), a.assigned(), a.cancelled(), a.voided()],
    "cancelled in the queue": lambda a: [*a.in_queue(), a.cancelled()],
    "held": lambda a: [*a.on_the_way(), a.missed(1), a.missed(2), a.missed(3), a.held()],
    "another courier": lambda a: [*a.on_the_way(), a.missed(1, AttemptOutcome.WRONG_RW, counted=False), a.assigned()],
    "deceased": lambda a: [*a.on_the_way(), a.missed(1, AttemptOutcome.DECEASED), a.returned(ReturnReason.DECEASED)],
}


TOPICS = ("intake.application.v1", "intake.recipient.v1", "printing.print-order.v1", "dispatch.delivery.v1")


def shuffled(story: Sequence[Event], draw: st.DataObject) -> list[Event]:
    """The events in another order, each topic's own order kept."""
    queues: dict[str, list[Event]] = {}
    for event in story:
        queues.setdefault(event.stream.topic, []).append(event)
    mixed = []
    while queues:
        topic = draw.draw(st.sampled_from(sorted(queues)), label="next topic")
        mixed.append(queues[topic].pop(0))
        if not queues[topic]:
            del queues[topic]
    return mixed


async def outcome(notify: ServiceUnderTest, life: Life) -> dict[str, Any]:
    row = await notify.pool.fetchrow("select * from application where application_id = $1", life.application_id)
    messages = await notify.pool.fetch(
        "select milestone, ordinal, state from message where application_id = $1 order by 1, 2", life.application_id
    )
    waits = await notify.pool.fetchval("select count(*) from waiting where application_id = $1", life.application_id)
    page = (await notify.http.get(f"/lacak/{life.code}.json")).json()
    return {
        "facts": {k: v for k, v in dict(row or {}).items() if k not in ("application_id", "tracking_code")},
        "messages": [tuple(m) for m in messages],
        "waits": waits,
        "page": {k: v for k, v in page.items() if k not in ("code", "as_of", "queue")},
    }


async def counts_agree(notify: ServiceUnderTest) -> bool:
    agree: bool = await notify.pool.fetchval(
        """
        select not exists (
            (select site, blank_kind, class_rank, day, n from waiting_count where n <> 0)
            except
            (select site, blank_kind, class_rank, (place_since at time zone 'UTC')::date, count(*) from waiting group by 1, 2, 3, 4)
        ) and (select coalesce(sum(n), 0) from waiting_count) = (select count(*) from waiting)
        """
    )
    return agree


@pytest.fixture
async def notify(harness: Harness) -> ServiceUnderTest:
    return await harness("notify", lookups_per_minute=100_000)


_numbers = itertools.count()


@given(data=st.data(), ending=st.sampled_from(sorted(ENDINGS)))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_interleaving_of_the_topics_ends_the_same(
    notify: ServiceUnderTest, data: st.DataObject, ending: str
) -> None:
    story = ENDINGS[ending]
    told, mixed = (
        Life(code=f"BKS-{next(_numbers):09}", priority=PriorityClass.DISASTER, day=len(ending)) for _ in "ab"
    )
    await notify.hears(*story(told))
    events = shuffled(story(mixed), data)
    while events:
        size = data.draw(st.integers(1, len(events)), label="events in the poll")
        await notify.hears(*events[:size])
        del events[:size]
    assert await outcome(notify, mixed) == await outcome(notify, told)
    assert await counts_agree(notify)


async def test_each_topic_may_come_wholly_before_the_others(notify: ServiceUnderTest) -> None:
    expected = {}
    for ending, story in ENDINGS.items():
        life = Life(code=f"BKS-{next(_numbers):09}")
        await notify.hears(*story(life))
        expected[ending] = await outcome(notify, life)
    for order in itertools.permutations(TOPICS):
        lives = {ending: Life(code=f"BKS-{next(_numbers):09}") for ending in ENDINGS}
        for topic in order:
            events = [e for ending, life in lives.items() for e in ENDINGS[ending](life)]
            await notify.hears(*(e for e in events if e.stream.topic == topic))
        for ending, life in lives.items():
            assert await outcome(notify, life) == expected[ending], (ending, order)
    assert await counts_agree(notify)
