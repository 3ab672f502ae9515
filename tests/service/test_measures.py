"""What each service shows to those who watch is true."""

from datetime import timedelta
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from services.dispatch.domain import State
from services.notify.sending.gateway import RetryLater, Unavailable
from services.notify.sending.post import Post
from shared import measures
from shared.events.notify import Channel
from shared.messaging import metrics
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.dispatch.city import City, printed, recipient
from tests.service.notify_cases import SECRETS, Life
from tests.service.notify_sending import TEXTS, Clock, FakeGateway, SmsGateway
from tests.service.printing_cases import cleared, receive

Labels = tuple[tuple[str, str], ...]


async def shown(service: ServiceUnderTest, name: str) -> dict[str, float]:
    """The values of a metric as the service shows them, by the values of its labels, these in the order of their names."""
    text = (await service.as_(None).get("/metrics")).text
    assert not [secret for secret in SECRETS if secret in text]
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples if s.name == name]
    assert samples, f"{name} is not shown"
    return {" ".join(sample.labels.values()): sample.value for sample in samples}


async def parked(service: ServiceUnderTest) -> float:
    """How many records it shows as set aside."""
    await service.as_(None).get("/metrics")
    return sum(sample.value for family in metrics.PARKED_NOW.collect() for sample in family.samples)


@pytest.fixture(autouse=True)
def at_each_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fresh for ten seconds here, but where a test says so."""
    monkeypatch.setattr(measures, "FRESH_SECONDS", 0.0)


async def test_printing_shows_its_blanks_and_who_waits_for_them(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(*(cleared(number) for number in range(1, 6)))
    await receive(printing, 1, 2)
    while await printing.parts.workers[0].step(printing.db):
        pass
    blanks = await shown(printing, "antar_blanks")
    assert blanks["KTP_EL DISDUKCAPIL free"] == 0
    assert blanks["KTP_EL DISDUKCAPIL reserved"] == 2
    assert await shown(printing, "antar_blanks_warning_level") == {"KTP_EL DISDUKCAPIL": 500}
    assert sum((await shown(printing, "antar_orders_waiting")).values()) == 3
    assert await shown(printing, "antar_orders_unprinted") == {"": 2}
    assert all(age > 0 for age in (await shown(printing, "antar_orders_waiting_oldest_seconds")).values())
    await printing.works()
    assert (await shown(printing, "antar_blanks"))["KTP_EL DISDUKCAPIL printed"] == 2
    assert await shown(printing, "antar_orders_unprinted_oldest_seconds") == {"": 0}


async def test_dispatch_shows_where_documents_are_and_for_how_long(harness: Harness) -> None:
    city = City(await harness("dispatch"))
    await city.roster()
    one, other, third = uuid4(), uuid4(), uuid4()
    await city.service.hears(printed(one), recipient(one), printed(other), recipient(third))
    deliveries = await shown(city.service, "antar_deliveries")
    assert deliveries == dict.fromkeys(deliveries, 0) | {"ASSIGNED": 1, "WAITING_FOR_RECIPIENT": 1}
    assert not {"EXPECTED", "DELIVERED", "RETURNED"} & deliveries.keys()
    oldest = await shown(city.service, "antar_deliveries_oldest_seconds")
    assert oldest["ASSIGNED"] > 0
    assert oldest[State.LOST] == 0
    assert await shown(city.service, "antar_deliveries_unclaimed") == {"": 0}


async def test_notify_shows_what_is_to_be_sent_and_what_became_of_it(harness: Harness) -> None:
    notify = await harness("notify")
    life = Life()
    await notify.hears(life.recorded(), life.recipient())
    due = (await shown(notify, "antar_messages"))["DUE"]
    before = REGISTRY.get_sample_value("antar_messages_ended_total", {"state": "SENT", "reason": ""}) or 0
    assert due > 0
    assert (await shown(notify, "antar_messages_overdue_seconds"))["DUE"] > 0
    await notify.works()
    assert (await shown(notify, "antar_messages"))["DUE"] == 0
    assert (await shown(notify, "antar_messages_ended_total"))[" SENT"] == before + due


async def an_hour_later(notify: ServiceUnderTest) -> dict[str, float]:
    """For how long the first message has waited, when an hour has passed in the database."""
    await notify.pool.execute(
        "update message set raised_at = raised_at - interval '1 hour', next_at = next_at - interval '1 hour'"
    )
    return await shown(notify, "antar_messages_overdue_seconds")


async def test_while_a_gateway_refuses_us_it_shows_for_how_long_people_have_not_been_told(harness: Harness) -> None:
    notify = await harness("notify")
    await notify.hears(*Life().born())
    clock, gateway = Clock(), SmsGateway(lambda _: Unavailable("401"))
    post = Post([gateway], TEXTS, clock)
    await clock.runs(timedelta(minutes=30), post, notify)
    assert 3600 <= (await an_hour_later(notify))["DUE"] < 3700
    await clock.runs(timedelta(minutes=30), post, notify)
    assert 7200 <= (await an_hour_later(notify))["DUE"] < 7300
    gateway.answer = lambda _: None
    await clock.runs(timedelta(minutes=10), post, notify)
    assert await shown(notify, "antar_messages_overdue_seconds") == {"DUE": 0, "SENDING": 0}


async def test_a_full_mailbox_is_no_outage_and_shows_in_the_end_as_what_could_not_be_told(harness: Harness) -> None:
    notify = await harness("notify")
    exhausted = "EXHAUSTED UNDELIVERABLE"
    before = (await shown(notify, "antar_messages_ended_total"))[exhausted]
    await notify.hears(*Life().born())
    clock = Clock()
    post = Post([FakeGateway(Channel.EMAIL, RetryLater("450"))], TEXTS, clock)
    await clock.runs(timedelta(minutes=10), post, notify)
    assert (await an_hour_later(notify))["DUE"] == 0
    assert (await shown(notify, "antar_messages"))["DUE"] == 1
    await clock.runs(timedelta(hours=2), post, notify)
    assert (await shown(notify, "antar_messages_ended_total"))[exhausted] == before + 1


async def test_each_service_shows_what_is_set_aside_what_is_unsent_and_which_stream_has_stopped(
    harness: Harness,
) -> None:
    notify = await harness("notify")
    life = Life()
    recorded, cleared_ = notify.misses(life.recorded(), life.cleared())
    await notify.hears_late([cleared_])
    assert await shown(notify, "antar_parked_records") == {"gap notify intake.application.v1": 1}
    await notify.hears_late([recorded])
    assert await parked(notify) == 0
    await notify.pool.execute("insert into stopped_stream values ('intake.application.v1', 'k', 1, $1, $1)", uuid4())
    stopped = await shown(notify, "antar_stream_stopped")
    assert stopped.pop("notify intake.application.v1") == 1
    assert set(stopped.values()) == {0}
    await notify.pool.execute("update outbox set created_at = now() - interval '90 seconds'")
    assert (await shown(notify, "antar_outbox_age_seconds"))["notify"] >= 90
    await notify.pool.execute("delete from outbox")
    assert (await shown(notify, "antar_outbox_age_seconds"))["notify"] == 0
