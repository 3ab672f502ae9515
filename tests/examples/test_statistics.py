"""What the statistics service makes of what it hears."""

from uuid import UUID

from uuid_utils.compat import uuid7

from shared.events.base import Event
from shared.events.dispatch import DeliveryCompleted
from shared.events.intake import ApplicationClearedForPrint, ApplicationCorrected, ApplicationRecorded
from shared.events.printing import DocumentPrinted
from tests.conftest import Harness
from tests.contracts.examples import example

BEKASIJAYA, MARGAHAYU = "32.75.01.1001", "32.75.01.1002"


def whole_way(application_id: UUID, kelurahan_code: str) -> list[Event]:
    """From the counter to the door."""
    return [
        example(ApplicationRecorded, application_id, kelurahan_code=kelurahan_code),
        example(ApplicationClearedForPrint, application_id),
        example(DocumentPrinted, application_id),
        example(DeliveryCompleted, application_id),
    ]


async def test_each_kelurahan_sees_how_far_its_applications_have_come(harness: Harness) -> None:
    statistics = await harness("statistics")
    await statistics.hears(*whole_way(uuid7(), BEKASIJAYA), *whole_way(uuid7(), MARGAHAYU)[:2])
    await statistics.hears(*whole_way(uuid7(), BEKASIJAYA)[:3])
    assert (await statistics.http.get("/statistics")).json() == {
        BEKASIJAYA: {"kelurahan": "Bekasijaya", "recorded": 2, "cleared": 2, "printed": 2, "delivered": 1},
        MARGAHAYU: {"kelurahan": "Margahayu", "recorded": 1, "cleared": 1},
    }
    assert list((await statistics.http.get("/statistics?kelurahan=margahayu")).json()) == [MARGAHAYU]


async def test_a_corrected_address_takes_its_counts_along(harness: Harness) -> None:
    statistics, application_id = await harness("statistics"), uuid7()
    await statistics.hears(
        example(ApplicationRecorded, application_id, kelurahan_code=BEKASIJAYA),
        example(ApplicationCorrected, application_id, kelurahan_code=MARGAHAYU),
    )
    assert await statistics.rows("select kelurahan_code from home") == [(MARGAHAYU,)]


async def test_a_document_that_is_printed_twice_counts_once(harness: Harness) -> None:
    statistics, application_id = await harness("statistics"), uuid7()
    records = await statistics.hears(*whole_way(application_id, BEKASIJAYA), example(DocumentPrinted, application_id))
    await statistics.replays(records)
    assert (await statistics.http.get("/statistics")).json()[BEKASIJAYA]["printed"] == 1


async def test_the_order_in_which_topics_are_heard_does_not_matter(harness: Harness) -> None:
    first, last = await harness("statistics"), await harness("statistics")
    recorded, cleared, printed, delivered = whole_way(uuid7(), BEKASIJAYA)
    await first.hears(recorded, cleared, printed, delivered)
    await last.hears(delivered, printed, recorded, cleared)
    assert (await last.http.get("/statistics")).json() == (await first.http.get("/statistics")).json()


async def test_what_is_heard_before_its_turn_waits_for_it(harness: Harness) -> None:
    statistics = await harness("statistics")
    await statistics.hears_in_reverse(*whole_way(uuid7(), BEKASIJAYA))
    assert (await statistics.http.get("/statistics")).json()[BEKASIJAYA]["cleared"] == 1
    assert await statistics.parked() == []


async def test_a_reader_that_is_born_late_comes_to_the_same_numbers(harness: Harness) -> None:
    early, late = await harness("statistics"), await harness("statistics")
    log = []
    for kelurahan in (BEKASIJAYA, MARGAHAYU, BEKASIJAYA):
        log += await early.hears(*whole_way(uuid7(), kelurahan))
    await late.replays(log)
    assert (await late.http.get("/statistics")).json() == (await early.http.get("/statistics")).json()


async def test_a_kelurahan_that_does_not_exist_is_refused(harness: Harness) -> None:
    statistics = await harness("statistics")
    answer = await statistics.http.get("/statistics?kelurahan=atlantis")
    assert (answer.status_code, answer.json()["title"]) == (
        404,
        "Kelurahan tidak dikenal. Periksa nama atau kodenya.",
    )
