"""Each milestone is told once, to somebody, and never after a death."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.notify.sending.gateway import GiveUp, LogGateway, NextChannel, Outcome, Outgoing, RetryLater, Unavailable
from services.notify.sending.post import LEASE, Post
from shared.events.dispatch import AttemptOutcome, ReturnReason
from shared.events.intake import RECIPIENT
from shared.events.notify import Channel, MessageSent, MessageUndeliverable, Milestone, UndeliverableReason
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.notify_cases import SECRETS, Life
from tests.service.notify_sending import TEXTS, Clock, FakeGateway

NO_ADDRESS = UndeliverableReason.NO_ADDRESS


@pytest.fixture
async def notify(harness: Harness) -> ServiceUnderTest:
    return await harness("notify")


async def told(notify: ServiceUnderTest) -> Counter[str]:
    await notify.works()
    assert await notify.parked() == []
    return Counter(e.milestone for e in await notify.said(MessageSent))


async def test_the_main_path_is_told_once_each(notify: ServiceUnderTest) -> None:
    life = Life()
    log = await notify.hears(*life.on_the_way(), life.missed(1), life.missed(2), life.completed(), life.closed())
    expected = {"RECEIVED": 1, "WAITING_FOR_BLANK": 1, "READY": 1, "MISSED": 2, "DELIVERED": 1}
    assert await told(notify) == expected
    await notify.replays(log)
    assert await told(notify) == expected


async def test_a_paper_document_has_no_message_about_blanks(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life(card=False).on_paper())
    assert await told(notify) == {"RECEIVED": 1, "READY": 1}


async def test_a_reprint_is_not_told_twice(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.in_queue(), life.allocated(), life.spoiled(), life.allocated(), life.printed())
    assert await told(notify) == {"RECEIVED": 1, "WAITING_FOR_BLANK": 1, "READY": 1}


async def test_a_second_print_is_not_told_again(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.on_paper())
    await notify.hears(life.printed())
    assert (await told(notify))["READY"] == 1


async def test_messages_wait_until_there_is_somebody_to_tell(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(life.printed(), life.queued())
    assert await told(notify) == {}
    await notify.hears(life.recorded())
    assert await told(notify) == {}
    await notify.hears(life.recipient())
    assert await told(notify) == {"RECEIVED": 1, "WAITING_FOR_BLANK": 1, "READY": 1}


async def test_without_a_phone_the_log_still_has_the_message(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life(phone=None).born())
    assert await told(notify) == {"RECEIVED": 1}
    assert [e.channel for e in await notify.said(MessageSent)] == [Channel.LOG]


async def test_a_visit_that_does_not_count_is_not_told(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.on_the_way(), life.missed(1, AttemptOutcome.WRONG_RW, counted=False))
    assert "MISSED" not in await told(notify)


async def test_nothing_is_said_after_a_death(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.on_the_way())
    before = await told(notify)
    await notify.hears(life.missed(1), life.missed(2, AttemptOutcome.DECEASED))
    await notify.hears(life.missed(3), life.held(), life.returned(ReturnReason.MOVED_OUT), life.completed())
    assert await told(notify) == before


async def test_a_death_that_is_heard_of_first_silences_what_comes_after(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(life.returned(ReturnReason.DECEASED))
    await notify.hears(*life.on_paper())
    assert await told(notify) == {}


async def test_a_cancelled_application_is_promised_nothing(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.on_paper(), life.cancelled())
    assert await told(notify) == {"RECEIVED": 1}


async def test_an_erased_recipient_hears_nothing_more(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.born())
    await notify.hears_erased(RECIPIENT, str(life.application_id))
    await notify.hears(life.printed())
    assert await told(notify) == {}


async def test_two_workers_at_once_send_each_message_once(notify: ServiceUnderTest) -> None:
    for n in range(120):
        await notify.hears(*Life(code=f"BKS-7F3K{n:05}").born())
    gateway = FakeGateway(Channel.HTTP)
    workers = [Post([gateway], TEXTS, Clock()) for _ in range(4)]

    async def until_idle(post: Post) -> None:
        while await post.step(notify.db):
            pass

    await asyncio.gather(*(until_idle(w) for w in workers))
    assert len(gateway.given) == len({m.message_id for m in gateway.given}) == 120
    assert len(await notify.said(MessageSent)) == 120


async def test_after_a_crash_between_sending_and_recording_the_same_id_comes_again_marked(
    notify: ServiceUnderTest,
) -> None:
    await notify.hears(*Life().born())
    clock, gateway = Clock(), FakeGateway(Channel.HTTP, RuntimeError("killed"), None)
    post = Post([gateway], TEXTS, clock)
    with pytest.raises(RuntimeError):
        await post.step(notify.db)
    await post.step(notify.db)
    assert len(gateway.given) == 1
    clock.now += LEASE
    await post.step(notify.db)
    first, second = gateway.given
    assert first.message_id == second.message_id
    assert (first.again, second.again) == (False, True)
    assert len(await notify.said(MessageSent)) == 1


async def test_a_sender_that_was_thought_dead_records_nothing(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life().born())
    clock = Clock()
    heir = Post([FakeGateway(Channel.HTTP)], TEXTS, clock)

    class Slow(FakeGateway):
        async def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
            clock.now += LEASE
            await heir.step(notify.db)
            return [GiveUp()] * len(messages)

    await Post([Slow(Channel.HTTP)], TEXTS, clock).step(notify.db)
    assert [type(e) for e in await notify.said()] == [MessageSent]


async def test_a_message_that_fails_for_its_own_sake_comes_again_and_in_the_end_goes_another_way(
    notify: ServiceUnderTest,
) -> None:
    await notify.hears(*Life(email="a@antar.test").born())
    clock = Clock()
    http, mail = FakeGateway(Channel.HTTP, RetryLater()), FakeGateway(Channel.EMAIL)
    post = Post([http, mail], TEXTS, clock)
    for _ in range(8):
        await post.step(notify.db)
        await post.step(notify.db)  # not before its time
        clock.now += timedelta(hours=1)
    assert len(http.given) == 8
    assert len({m.message_id for m in http.given}) == 1
    assert [e.channel for e in await notify.said(MessageSent)] == [Channel.EMAIL]


async def test_a_channel_that_was_given_up_is_not_tried_again(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life().born())
    clock = Clock()
    http = FakeGateway(Channel.HTTP, NextChannel(UndeliverableReason.REFUSED))
    mail = FakeGateway(Channel.EMAIL, RetryLater(), NextChannel(NO_ADDRESS))
    post = Post([http, mail], TEXTS, clock)
    for _ in range(3):
        await post.step(notify.db)
        clock.now += timedelta(hours=1)
    assert (len(http.given), len(mail.given)) == (1, 2)
    assert [e.reason for e in await notify.said(MessageUndeliverable)] == [UndeliverableReason.REFUSED]


async def test_a_gateway_may_say_when_to_come_again(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life().born())
    clock, gateway = Clock(), FakeGateway(Channel.HTTP, Unavailable("429", timedelta(minutes=20)), None)
    post = Post([gateway], TEXTS, clock)
    await post.step(notify.db)
    clock.now += timedelta(minutes=19)
    await post.step(notify.db)
    assert len(gateway.given) == 1
    clock.now += timedelta(minutes=2)
    await post.step(notify.db)
    assert len(gateway.given) == 2


@pytest.mark.parametrize(
    ("http", "mail", "reason"),
    [
        (NextChannel(NO_ADDRESS), NextChannel(NO_ADDRESS), UndeliverableReason.NO_ADDRESS),
        (NextChannel(UndeliverableReason.REFUSED), NextChannel(NO_ADDRESS), UndeliverableReason.REFUSED),
        (GiveUp(), None, UndeliverableReason.REFUSED),
    ],
)
async def test_when_no_channel_is_left_the_message_is_undeliverable(
    notify: ServiceUnderTest, http: Outcome, mail: Outcome, reason: UndeliverableReason
) -> None:
    await notify.hears(*Life().born())
    await Post([FakeGateway(Channel.HTTP, http), FakeGateway(Channel.EMAIL, mail)], TEXTS, Clock()).step(notify.db)
    assert [e.reason for e in await notify.said(MessageUndeliverable)] == [reason]
    assert await notify.said(MessageSent) == []


async def test_with_the_log_as_last_channel_nothing_is_undeliverable(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life().born())
    post = Post([FakeGateway(Channel.HTTP, NextChannel(NO_ADDRESS)), LogGateway()], TEXTS, Clock())
    await post.step(notify.db)
    assert [e.channel for e in await notify.said(MessageSent)] == [Channel.LOG]


async def test_we_come_again_is_not_repeated_after_the_hand_over(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.on_the_way())
    await notify.works()
    await notify.hears(life.missed(1))
    clock, gateway = Clock(), FakeGateway(Channel.HTTP, RetryLater(), None)
    post = Post([gateway], TEXTS, clock)
    await post.step(notify.db)
    await notify.hears(life.completed())
    await clock.runs(timedelta(hours=1), post, notify)
    assert [m.milestone for m in gateway.given] == [Milestone.MISSED, Milestone.DELIVERED]


async def test_the_log_shows_what_was_said_with_a_masked_number(notify: ServiceUnderTest) -> None:
    life = Life()
    await notify.hears(*life.on_paper())
    await notify.works()
    page: dict[str, Any] = (await notify.http.get("/messages?limit=2")).json()
    assert [m["milestone"] for m in page["messages"]] == ["RECEIVED", "WAITING_FOR_BLANK"]
    assert page["messages"][0]["to"] == "0812****66"
    assert page["messages"][0]["state"] == "SENT"
    assert "GRATIS" in page["messages"][0]["text"]
    rest = (await notify.http.get(f"/messages?limit=2&after={page['next']}")).json()
    assert [m["milestone"] for m in rest["messages"]] == ["READY"]
    assert rest["next"] is None


async def test_the_summary_counts_applications_by_state_and_messages(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life(code="BKS-000000001").on_paper(), *Life(code="BKS-000000002", card=False).in_queue())
    await notify.works()
    assert (await notify.http.get("/summary")).json() == {
        "by_state": {"PRINTED": 1, "WAITING_FOR_PRINT": 1},
        "messages_by_milestone": {"RECEIVED": 2, "WAITING_FOR_BLANK": 1, "READY": 1},
        "messages_by_state": {"SENT": 4},
    }


async def test_a_page_of_the_log_that_cannot_be_is_refused(notify: ServiceUnderTest) -> None:
    for query in ("after=-1", f"after={2**63}", "limit=0", "limit=501"):
        assert (await notify.http.get(f"/messages?{query}")).status_code == 422, query


async def test_no_personal_data_in_events_logs_and_answers(
    notify: ServiceUnderTest, capfd: pytest.CaptureFixture[str]
) -> None:
    life = Life(email="slamet.riyadi@antar.test")
    await notify.hears(*life.on_the_way())
    post = Post([FakeGateway(Channel.HTTP, RuntimeError("trouble")), LogGateway()], TEXTS, Clock())
    with pytest.raises(RuntimeError):
        await post.step(notify.db)
    await notify.pool.execute("update message set next_at = now(), state = 'DUE'")
    await notify.works()
    answers = [
        await notify.http.get(path)
        for path in ("/messages", "/summary", f"/lacak/{life.code}", f"/lacak/{life.code}.json", "/metrics")
    ]
    everything = "".join(
        [*(a.text for a in answers), *(e.model_dump_json() for e in await notify.said()), *capfd.readouterr()]
    )
    assert len(await notify.said()) == 3
    assert not [s for s in (*SECRETS, "slamet.riyadi") if s.casefold() in everything.casefold()]
    assert not any(s in repr(Outgoing(life.application_id, "READY", SECRETS[0], SECRETS[3])) for s in SECRETS)
