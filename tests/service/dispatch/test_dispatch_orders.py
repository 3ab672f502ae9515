"""Facts of one application come on three topics and a roster by hand, in any order; the end is always the same."""

import asyncio
import itertools
from collections.abc import Sequence
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.events.dispatch import DeliveryAssigned, DocumentReturned
from tests.service.dispatch.city import KAYURINGIN, City, cancelled, printed, recipient, voided

_rws = itertools.count(100)

LANES = {
    "recipients": ("recipient of the first RW", "recipient of the second RW"),
    "prints": ("printed",),
    "first roster": ("courier of the first RW",),
    "second roster": ("courier of the second RW",),
}


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[str], bool]:
    """What happens, in an order that keeps each lane's own; and whether it is cancelled."""
    is_cancelled = draw(st.booleans())
    lanes = dict(LANES)
    if is_cancelled:
        lanes["applications"] = ("cancelled",)
        lanes["prints"] = draw(st.sampled_from([("printed",), ("printed", "voided")]))
    turns = draw(st.permutations([lane for lane, facts in lanes.items() for _ in facts]))
    waiting = {lane: iter(facts) for lane, facts in lanes.items()}
    return [next(waiting[lane]) for lane in turns], is_cancelled


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(orders())
async def test_any_order_of_the_facts_comes_to_the_same_end(empty_city: City, order: tuple[list[str], bool]) -> None:
    facts, is_cancelled = order
    city, one = empty_city, uuid4()
    first, second = f"{next(_rws):03d}", f"{next(_rws):03d}"
    await _happens(city, facts, one, first, second)
    shown = await city.delivery(one)
    returns = [e for e in await city.said(DocumentReturned) if e.application_id == one]
    if is_cancelled:
        assert (shown["state"], shown["holder"], shown["courier_badge"]) == ("RETURNED", "OFFICE", None)
        assert len(returns) == 1
        return
    assert (shown["state"], shown["holder"], shown["rw"]) == ("ASSIGNED", "OFFICE", second)
    assert shown["courier_badge"] == f"TKK-{second}"
    last = [e for e in await city.said(DeliveryAssigned) if e.application_id == one][-1]
    assert (last.courier_badge, last.rw) == (f"TKK-{second}", second)
    assert not returns


async def _happens(city: City, facts: Sequence[str], one: object, first: str, second: str) -> None:
    events = {
        "recipient of the first RW": lambda: recipient(one, first),
        "recipient of the second RW": lambda: recipient(one, second),
        "printed": lambda: printed(one),
        "voided": lambda: voided(one),
        "cancelled": lambda: cancelled(one),
    }
    for fact in facts:
        if fact in events:
            await city.hears(events[fact]())
        else:
            rw = first if "first" in fact else second
            await city.roster(f"kelurahan,rw,badge,nama,hp\n{KAYURINGIN},{rw},TKK-{rw},Budi Uji,\n")
    assert await city.service.parked() == []


async def test_a_print_and_its_recipient_heard_at_the_same_moment_by_two_instances_find_each_other(city: City) -> None:
    ids = [uuid4() for _ in range(80)]
    polls = [
        *(city.hears(*(printed(one) for one in ids[start : start + 20])) for start in range(0, 80, 20)),
        *(city.hears(*(recipient(one) for one in reversed(ids[start : start + 20]))) for start in range(0, 80, 20)),
    ]
    await asyncio.gather(*polls)
    assert sorted(e.application_id for e in await city.said(DeliveryAssigned)) == sorted(ids)
