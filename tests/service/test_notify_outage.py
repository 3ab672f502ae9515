"""A gateway that is away, however long, delays what people are told and loses none of it."""

import itertools
from collections.abc import Sequence
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from services.notify.sending.gateway import LogGateway, NextChannel, Outcome, Outgoing, RetryLater, Unavailable
from services.notify.sending.post import LEASE, Post
from shared.events.notify import Channel, MessageSent, MessageUndeliverable, UndeliverableReason
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.notify_cases import SECRETS, Life
from tests.service.notify_sending import TEXTS, Clock, FakeGateway, SmsGateway

HOURS = HOUR = timedelta(hours=1)
IN_ORDER = ["RECEIVED", "WAITING_FOR_BLANK", "READY"]


@pytest.fixture
async def notify(harness: Harness) -> ServiceUnderTest:
    return await harness("notify")


def away(_: Outgoing) -> Outcome:
    return Unavailable("503")


def takes(_: Outgoing) -> Outcome:
    return None


def lives(number: int) -> Sequence[Life]:
    return [Life(code=f"BKS-7F3K{n:05}", phone=f"+62812{n:07}") for n in range(number)]


async def test_a_gateway_that_refuses_us_for_days_loses_nothing_and_then_all_are_told_once_and_in_order(
    notify: ServiceUnderTest,
) -> None:
    families, clock, gateway = lives(60), Clock(), SmsGateway(lambda _: Unavailable("401"))
    for step in range(3):
        for life in families:
            await notify.hears(
                *(life.born(), [life.cleared(), life.queued()], [life.allocated(), life.printed()])[step]
            )
        # Whoever sends is killed now and then, and forgets how long it wanted to wait.
        await clock.runs(20 * HOURS, Post([gateway], TEXTS, clock), notify, every=HOUR)
    assert await notify.said() == []
    gateway.answer = takes
    await clock.runs(timedelta(minutes=20), Post([gateway], TEXTS, clock), notify)
    for life in families:
        assert [m.milestone for m in gateway.taken if m.phone == life.phone] == IN_ORDER
    assert len(await notify.said(MessageSent)) == 3 * len(families)
    assert await notify.said(MessageUndeliverable) == []


async def test_a_gateway_in_trouble_is_asked_now_and_then_and_not_for_everybody(notify: ServiceUnderTest) -> None:
    for life in lives(200):
        await notify.hears(*life.born())
    clock, gateway = Clock(), SmsGateway(away)
    post = Post([gateway], TEXTS, clock)
    await post.step(notify.db)
    first = len(gateway.given)
    await post.step(notify.db)
    assert len(gateway.given) == first
    await clock.runs(timedelta(minutes=1), post, notify)
    await clock.runs(10 * HOURS, post, notify)
    assert len(gateway.given) < 10 * 20 * 50
    assert await notify.rows("select distinct state, attempts from message") == [("DUE", 0)]


async def test_what_a_gateway_may_have_seen_before_it_went_away_comes_again_marked(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life().born())
    clock, gateway = Clock(), SmsGateway(away)
    post = Post([gateway], TEXTS, clock)
    await post.step(notify.db)
    gateway.answer = takes
    await clock.runs(timedelta(minutes=5), post, notify)
    assert [m.again for m in gateway.given] == [False, True]
    assert len({m.message_id for m in gateway.given}) == 1


async def test_a_sender_killed_while_the_gateway_is_away_leaves_nothing_behind(notify: ServiceUnderTest) -> None:
    await notify.hears(*Life().on_paper())
    clock = Clock()
    with pytest.raises(RuntimeError):
        await Post([FakeGateway(Channel.HTTP, RuntimeError("killed"))], TEXTS, clock).step(notify.db)
    gateway = SmsGateway(away)
    await clock.runs(2 * HOURS, Post([gateway], TEXTS, clock), notify)
    gateway.answer = takes
    await clock.runs(LEASE, Post([gateway], TEXTS, clock), notify)
    assert [m.milestone for m in gateway.taken] == IN_ORDER


async def test_a_gateway_that_limps_delays_messages_and_loses_none(notify: ServiceUnderTest) -> None:
    for life in lives(120):
        await notify.hears(*life.born())
    asked = itertools.count()
    clock, gateway = Clock(), SmsGateway(lambda _: None if next(asked) % 3 == 0 else Unavailable("503"))
    await clock.runs(2 * HOURS, Post([gateway], TEXTS, clock), notify)
    assert len(gateway.taken) == 120
    assert await notify.said(MessageUndeliverable) == []


async def test_being_asked_for_patience_is_held_against_no_message_even_if_all_others_are_taken(
    notify: ServiceUnderTest,
) -> None:
    slow, *others = lives(30)
    clock = Clock()
    gateway = SmsGateway(lambda m: Unavailable("429", certain=True) if m.phone == slow.phone else None)
    post = Post([gateway], TEXTS, clock)
    await notify.hears(*slow.born())
    for life in others:
        await notify.hears(*life.born())
        await clock.runs(timedelta(minutes=20), post, notify)
    assert await notify.rows("select attempts from message where state = 'DUE'") == [(0,)]


async def test_a_message_whose_own_address_a_gateway_fails_at_ends_undeliverable_and_keeps_nobody(
    notify: ServiceUnderTest,
) -> None:
    poison, *others = lives(30)
    await notify.hears(*poison.born())
    clock, gateway = Clock(), SmsGateway(lambda m: Unavailable("500") if m.phone == poison.phone else None)
    post = Post([gateway], TEXTS, clock)
    await clock.runs(12 * HOURS, post, notify)
    assert await notify.said() == []  # alone it cannot be told from an outage
    for life in others:
        before = len(gateway.taken)
        await notify.hears(*life.born())
        await clock.runs(timedelta(minutes=20), post, notify)
        assert len(gateway.taken) == before + 1
    assert [e.reason for e in await notify.said(MessageUndeliverable)] == [UndeliverableReason.EXHAUSTED]
    assert len(await notify.said(MessageSent)) == len(others)


async def test_many_that_a_gateway_always_fails_at_do_not_keep_the_others_from_it(notify: ServiceUnderTest) -> None:
    families = lives(70)
    hopeless = {life.phone for life in families[:60]}
    for life in families:
        await notify.hears(*life.born())
    clock, gateway = Clock(), SmsGateway(lambda m: Unavailable("500") if m.phone in hopeless else None)
    await clock.runs(4 * HOURS, Post([gateway], TEXTS, clock), notify, every=timedelta(seconds=10))
    assert {m.phone for m in gateway.taken} == {life.phone for life in families} - hopeless


async def test_who_cannot_be_reached_by_the_gateway_in_trouble_is_told_otherwise_and_nobody_else_is(
    notify: ServiceUnderTest,
) -> None:
    by_phone, by_mail = Life(code="BKS-000000001", email="a@antar.test"), Life(code="BKS-000000002", phone=None)
    await notify.hears(*by_phone.born(), *by_mail.born())
    clock, sms, mail = Clock(), SmsGateway(away), FakeGateway(Channel.EMAIL)
    await clock.runs(48 * HOURS, Post([sms, mail, LogGateway()], TEXTS, clock), notify, every=HOUR)
    assert [(e.application_id, e.channel) for e in await notify.said(MessageSent)] == [
        (by_mail.application_id, Channel.EMAIL)
    ]
    assert await notify.rows("select state, attempts, tried from message where state <> 'SENT'") == [("DUE", 0, [])]


async def test_a_later_message_waits_for_the_one_before_it(notify: ServiceUnderTest) -> None:
    life, other = lives(2)
    await notify.hears(*life.in_queue(), *other.born())
    clock, gateway = Clock(), SmsGateway()
    gateway.answer = lambda m: RetryLater("450") if m.milestone == "RECEIVED" and m.phone == life.phone else None
    post = Post([gateway], TEXTS, clock)
    await post.step(notify.db)
    await post.step(notify.db)
    assert [m.milestone for m in gateway.taken] == ["RECEIVED"]
    gateway.answer = takes
    await clock.runs(HOUR, post, notify)
    assert [m.milestone for m in gateway.taken if m.phone == life.phone] == ["RECEIVED", "WAITING_FOR_BLANK"]


async def test_what_the_hand_over_has_overtaken_in_an_outage_is_not_told_afterwards(notify: ServiceUnderTest) -> None:
    life, clock, gateway = Life(), Clock(), SmsGateway(away)
    await notify.hears(*life.on_the_way())
    post = Post([gateway], TEXTS, clock)
    await clock.runs(HOUR, post, notify)
    await notify.hears(life.missed(1))
    await notify.hears(life.completed())
    await clock.runs(HOUR, post, notify)
    gateway.answer = takes
    await clock.runs(HOUR, post, notify)
    assert [m.milestone for m in gateway.taken] == ["RECEIVED", "DELIVERED"]


async def test_the_log_says_when_trouble_begins_by_which_sign_and_when_it_is_over(notify: ServiceUnderTest) -> None:
    for life in lives(120):
        await notify.hears(*life.born())
    clock, gateway = Clock(), SmsGateway(lambda _: Unavailable("401"))
    post = Post([gateway], TEXTS, clock)
    with capture_logs() as lines:
        await clock.runs(timedelta(minutes=30), post, notify)
        gateway.answer = takes
        await clock.runs(timedelta(minutes=10), post, notify)
    assert {line["event"] for line in lines} == {"gateway_in_trouble", "gateway_works_again"}
    assert lines[0].items() >= {"log_level": "warning", "channel": "HTTP", "signs": ["401"]}.items()
    assert lines[-1]["event"] == "gateway_works_again"
    assert 2 <= len(lines) <= 31
    assert not [s for s in (*SECRETS, "+62812") if s in str(lines)]


async def test_the_log_says_by_which_sign_messages_are_refused(notify: ServiceUnderTest) -> None:
    for life in lives(120):
        await notify.hears(*life.born())
    clock = Clock()
    gateway = SmsGateway(lambda _: NextChannel(UndeliverableReason.REFUSED, "404"))
    with capture_logs() as lines:
        await clock.runs(timedelta(minutes=1), Post([gateway], TEXTS, clock), notify)
    assert [(line["event"], line["signs"]) for line in lines] == [("messages_refused", ["404"])]
