"""The numbers of statistics are the same however its events come, and whenever it was born."""

import random
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.events.base import Event
from shared.events.dispatch import DeliveryCompleted
from shared.events.intake import ApplicationClearedForPrint, ApplicationCorrected, ApplicationRecorded
from shared.events.printing import DocumentPrinted
from tests.conftest import Harness
from tests.contracts.examples import example
from tests.harness import ServiceUnderTest

BEKASIJAYA, MARGAHAYU = "32.75.01.1001", "32.75.01.1002"


def whole_way(application_id: UUID, kelurahan_code: str) -> list[Event]:
    """From the counter to the door."""
    return [
        example(ApplicationRecorded, application_id, kelurahan_code=kelurahan_code),
        example(ApplicationClearedForPrint, application_id),
        example(DocumentPrinted, application_id),
        example(DeliveryCompleted, application_id),
    ]


async def numbers(statistics: ServiceUnderTest) -> object:
    return (await statistics.http.get("/statistics")).json()


async def test_each_kelurahan_sees_how_far_its_applications_have_come(harness: Harness) -> None:
    statistics = await harness("statistics")
    await statistics.hears(*whole_way(uuid7(), BEKASIJAYA), *whole_way(uuid7(), MARGAHAYU)[:2])
    await statistics.hears(*whole_way(uuid7(), BEKASIJAYA)[:3])
    assert await numbers(statistics) == {
        BEKASIJAYA: {"kelurahan": "Bekasijaya", "recorded": 2, "cleared": 2, "printed": 2, "delivered": 1},
        MARGAHAYU: {"kelurahan": "Margahayu", "recorded": 1, "cleared": 1},
    }


async def test_a_kelurahan_is_found_by_its_name_or_its_code_and_an_unknown_one_is_refused(harness: Harness) -> None:
    statistics = await harness("statistics")
    await statistics.hears(*whole_way(uuid7(), BEKASIJAYA), *whole_way(uuid7(), MARGAHAYU))
    for asked in ("margahayu", "Kel. Margahayu", MARGAHAYU):
        assert list((await statistics.http.get("/statistics", params={"kelurahan": asked})).json()) == [MARGAHAYU]
    refused = await statistics.http.get("/statistics", params={"kelurahan": "atlantis"})
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown-kelurahan")


async def test_a_document_that_is_printed_again_counts_once_with_the_time_of_its_first_print(harness: Harness) -> None:
    statistics, application_id = await harness("statistics"), uuid7()
    first, again = (example(DocumentPrinted, application_id) for _ in range(2))
    again = again.model_copy(update={"printed_at": again.printed_at.replace(year=2027)})
    await statistics.hears(first, again)
    assert await statistics.rows("select what, at from noted") == [("printed", first.printed_at)]


async def test_what_is_heard_before_its_turn_waits_for_it(harness: Harness) -> None:
    statistics, application_id = await harness("statistics"), uuid7()
    recorded, cleared, *_ = whole_way(application_id, BEKASIJAYA)
    await statistics.hears(cleared, version=2)
    assert await statistics.rows("select version, code from parked") == [(2, "gap")]
    await statistics.hears(recorded, version=1)
    assert await statistics.rows("select what from noted order by at, what") == [("cleared",), ("recorded",)]
    assert await statistics.parked() == []


async def test_an_application_that_was_missed_counts_from_the_moment_at_which_it_arrives(harness: Harness) -> None:
    statistics, application_id = await harness("statistics"), uuid7()
    recorded, *rest = whole_way(application_id, BEKASIJAYA)
    missed = statistics.misses(recorded)
    await statistics.hears(*rest)
    assert await numbers(statistics) == {}
    await statistics.hears_late(missed)
    assert await numbers(statistics) == {
        BEKASIJAYA: {"kelurahan": "Bekasijaya", "recorded": 1, "cleared": 1, "printed": 1, "delivered": 1}
    }
    assert await statistics.parked() == []


async def test_a_reader_that_is_born_late_comes_to_the_numbers_of_one_that_was_there_from_the_start(
    harness: Harness,
) -> None:
    early, late = await harness("statistics"), await harness("statistics")
    log = []
    for kelurahan in (BEKASIJAYA, MARGAHAYU, BEKASIJAYA):
        application_id = uuid7()
        log += await early.hears_one_by_one(*whole_way(application_id, kelurahan))
        log += await early.hears(example(ApplicationCorrected, application_id, kelurahan_code=MARGAHAYU))
    # The log keeps the order of a topic, not that between topics.
    random.Random(7).shuffle(topics := sorted({record.topic for record in log}))
    await late.replays(sorted(log, key=lambda record: topics.index(record.topic)))
    assert await numbers(late) == await numbers(early) != {}
