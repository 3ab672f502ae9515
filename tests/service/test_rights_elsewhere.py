"""Data that rest, or are erased, at those who hold a copy: no message goes out, no courier is sent to no address."""

from collections import Counter
from uuid import uuid4

from shared.events.dispatch import DeliveryAssigned
from shared.events.intake import RECIPIENT
from shared.events.notify import MessageSent
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.dispatch.city import City, completion, printed, recipient
from tests.service.notify_cases import Life


async def told(notify: ServiceUnderTest) -> Counter[str]:
    """What was sent so far, by milestone."""
    await notify.works()
    return Counter(event.milestone for event in await notify.said(MessageSent))


async def city_of(harness: Harness) -> City:
    """Dispatch with its couriers."""
    city = City(await harness("dispatch"))
    assert (await city.roster()).status_code == 200
    return city


async def test_while_data_rest_no_message_goes_out_and_afterwards_those_that_waited_do(harness: Harness) -> None:
    notify, life = await harness("notify"), Life()
    await notify.hears(life.recorded(), life.recipient())
    before = await told(notify)
    await notify.hears_erased(RECIPIENT, str(life.recorded().application_id))
    await notify.hears(life.printed())
    assert await told(notify) == before
    await notify.hears(life.recipient())
    assert await told(notify) == before + Counter({"READY": 1})


async def test_a_message_that_is_in_the_mail_when_the_rest_begins_is_withdrawn(harness: Harness) -> None:
    notify, life = await harness("notify"), Life()
    await notify.hears(life.recorded(), life.recipient())
    await notify.hears_erased(RECIPIENT, str(life.recorded().application_id))
    assert await told(notify) == Counter()
    assert await notify.rows("select state from message") == [("WITHDRAWN",)]


async def test_a_document_at_the_office_waits_while_the_data_rest_and_then_gets_its_courier(harness: Harness) -> None:
    city = await city_of(harness)
    waiting, coming = uuid4(), uuid4()
    await city.hears(recipient(waiting), recipient(coming), printed(waiting))
    for one in (waiting, coming):
        await city.service.hears_erased(RECIPIENT, str(one))
    await city.hears(printed(coming))
    assert (await city.hand_over(waiting)).status_code == 409
    for one in (waiting, coming):
        assert (await city.delivery(one))["state"] == "WAITING_FOR_RECIPIENT"
    await city.hears(recipient(waiting), recipient(coming))
    for one in (waiting, coming):
        assert (await city.delivery(one))["state"] == "ASSIGNED"
    assert [event.application_id for event in await city.said(DeliveryAssigned)].count(waiting) == 2


async def test_a_document_on_its_way_stays_with_its_courier_who_no_longer_sees_whose_it_is(harness: Harness) -> None:
    city = await city_of(harness)
    one = await city.with_courier()
    shown = await city.http.get("/couriers/TKK-0411/items")
    address = recipient(one).address
    assert address in shown.text
    await city.service.hears_erased(RECIPIENT, str(one))
    shown = await city.http.get("/couriers/TKK-0411/items")
    assert (str(one) in shown.text, address in shown.text) == (True, False)
    assert (await city.delivery(one))["state"] == "WITH_COURIER"
    [result] = await city.reports(completion(one))  # given is given
    assert result["accepted"]
