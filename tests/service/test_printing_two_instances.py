"""Two instances of the service at once, on connections of their own: never more blanks given away than there are."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.printing import queue
from shared.events.printing import BlankAllocated
from tests.conftest import Harness
from tests.harness import ServiceUnderTest, build
from tests.service.printing_cases import application, cancelled, cleared, numbers, receive, scan, states, stock_of


@pytest.fixture
async def pair(harness: Harness) -> AsyncIterator[tuple[ServiceUnderTest, ServiceUnderTest]]:
    """Two instances on one database."""
    one = await harness("printing", printer="manual")
    dsn = one.parts.settings.database_url.get_secret_value()
    other = ServiceUnderTest(build("printing", dsn, printer="manual"), await asyncpg.create_pool(dsn, min_size=2))
    other.log = one.log  # they hear the same topics
    yield one, other
    await other.close()


async def waits_or_ends(printing: ServiceUnderTest, task: asyncio.Task[None]) -> None:
    """Until the task has ended or stands at a lock of the database."""
    waiting = False
    while not (waiting or task.done()):
        waiting = await printing.pool.fetchval("select exists (select from pg_locks where not granted)")


async def test_two_that_hear_of_more_orders_than_blanks_give_away_what_there_is(
    pair: tuple[ServiceUnderTest, ServiceUnderTest],
) -> None:
    one, other = pair
    await receive(one, 1, 60)
    await asyncio.gather(
        *(
            instance.hears(*(cleared(n) for n in range(first, first + 10)))
            for instance, first in ((one, 100), (other, 200), (one, 300), (other, 400), (one, 500), (other, 600))
            for first in (first, first + 50)
        )
    )
    stock = await stock_of(one)
    assert (stock["in_stock"], stock["reserved"]) == (60, 60)
    allocated = numbers(await one.said(BlankAllocated))
    assert len(set(allocated)) == len(allocated) == 60


async def test_orders_and_blanks_that_arrive_at_the_same_moment_meet(
    pair: tuple[ServiceUnderTest, ServiceUnderTest],
) -> None:
    one, other = pair
    async with one.db.transaction() as tx:
        await queue.join(tx, [cleared(1), cleared(2)])
        arriving = asyncio.create_task(receive(other, 1, 5))
        await waits_or_ends(one, arriving)
    assert (await arriving)["reserved"] == 2
    assert await states(one) == {1: "ALLOCATED", 2: "ALLOCATED"}


async def test_the_last_blank_is_given_once_when_two_draw_for_it(
    pair: tuple[ServiceUnderTest, ServiceUnderTest],
) -> None:
    one, other = pair
    await receive(one, 1, 1)
    async with one.db.transaction() as tx:
        await queue.join(tx, [cleared(1)])
        rival = asyncio.create_task(other.hears(cleared(2)))
        await waits_or_ends(one, rival)
    await rival
    assert await states(one) == {1: "ALLOCATED", 2: "QUEUED"}
    assert (await stock_of(one))["reserved"] == 1


async def test_two_workers_settle_one_draw_once(pair: tuple[ServiceUnderTest, ServiceUnderTest]) -> None:
    one, _ = pair
    for first in range(1, 4_501, 500):
        await one.hears(*(cleared(n) for n in range(first, first + 500)))
    await receive(one, 1, 4_500)
    more = True
    while more:
        more = any(await asyncio.gather(*(i.parts.workers[0].step(i.db) for i in pair)))
    allocated = await one.said(BlankAllocated)
    assert [(e.application_id.int, e.position) for e in allocated] == [(n, n) for n in range(1, 4_501)]
    assert (await stock_of(one))["reserved"] == 4_500


async def test_two_operators_with_one_card_get_one_success(pair: tuple[ServiceUnderTest, ServiceUnderTest]) -> None:
    one, other = pair
    await receive(one, 1, 2)
    await one.hears(cleared(1), cleared(2))
    answers = await asyncio.gather(scan(one, 1, 1), scan(other, 2, 1))
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert (await stock_of(one))["printed"] == 1


async def test_a_cancellation_and_a_scan_at_the_same_moment_end_in_one_of_two_ways(
    pair: tuple[ServiceUnderTest, ServiceUnderTest],
) -> None:
    one, other = pair
    await receive(one, 1, 5)
    await one.hears(*(cleared(n) for n in range(1, 6)))
    for n in range(1, 6):
        answer, _ = await asyncio.gather(scan(one, n, n), other.hears(cancelled(n)))
        page = (await one.http.get(f"/orders/{application(n)}")).json()
        assert (answer.status_code, page["state"]) in ((200, "VOIDED"), (409, "CANCELLED"))
    stock = await stock_of(one)
    assert (stock["in_stock"] + stock["printed"], stock["reserved"]) == (5, 0)
