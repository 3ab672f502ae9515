"""What the statistics service makes of what it hears."""

from uuid_utils.compat import uuid7

from shared.events.dispatch import DeliveryCompleted
from shared.events.intake import ApplicationCorrected, ApplicationRecorded
from tests.conftest import Harness
from tests.contracts.examples import example

BEKASIJAYA, MARGAHAYU = "32.75.01.1001", "32.75.01.1002"


async def test_an_application_counts_once_where_its_corrected_address_is(harness: Harness) -> None:
    statistics, application_id = await harness("statistics"), uuid7()
    records = await statistics.hears(
        example(ApplicationRecorded, application_id, kelurahan_code=BEKASIJAYA),
        example(ApplicationCorrected, application_id, kelurahan_code=MARGAHAYU),
        example(DeliveryCompleted, application_id),
    )
    await statistics.replays(records)
    assert (await statistics.http.get("/statistics")).json() == {
        MARGAHAYU: {"kelurahan": "Margahayu", "recorded": 1, "delivered": 1}
    }
