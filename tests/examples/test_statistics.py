"""What the statistics service makes of what it hears."""

import pytest
from uuid_utils.compat import uuid7

from tests.conftest import Harness
from tests.contracts.examples import example
from tests.harness import TYPES

HEARD = [
    ("intake.application.v1", "ApplicationRecorded"),
    ("intake.application.v1", "ApplicationCorrected"),
    ("intake.application.v1", "ApplicationClearedForPrint"),
    ("printing.print-order.v1", "DocumentPrinted"),
    ("dispatch.delivery.v1", "DeliveryCompleted"),
]


@pytest.mark.parametrize(("topic", "event"), HEARD)
async def test_what_was_said_of_an_application_counts_once_however_often_it_comes(
    harness: Harness, topic: str, event: str
) -> None:
    statistics = await harness("statistics")
    records = await statistics.hears(*(example(TYPES[topic, event], uuid7()) for _ in range(2)))
    await statistics.replays(records)
    assert (await statistics.http.get("/statistics")).json() == {event: 2}
