"""A test says what matters to it, and nothing of the ids and times that it did not choose."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.events.dispatch import DeliveryAssigned, DeliveryCompleted
from tests.alike import SOME_ID, SOME_TIME, like
from tests.contracts.examples import example


def test_an_event_is_like_another_when_the_named_fields_agree() -> None:
    said = [example(DeliveryAssigned, courier_badge="TKK-0001"), example(DeliveryCompleted)]
    assert said == [like(DeliveryAssigned, courier_badge="TKK-0001", rw="001"), like(DeliveryCompleted)]


@pytest.mark.parametrize("other", [like(DeliveryAssigned, courier_badge="TKK-0002"), like(DeliveryCompleted)])
def test_an_event_of_another_courier_or_another_type_is_not_like_it(other: object) -> None:
    assert example(DeliveryAssigned, courier_badge="TKK-0001") != other


def test_a_field_that_the_event_has_not_is_a_mistake_of_the_test() -> None:
    with pytest.raises(AssertionError, match="DeliveryAssigned has only application_id"):
        like(DeliveryAssigned, courier="TKK-0001")


def test_any_id_and_any_time_will_do_and_nothing_else() -> None:
    assert [(uuid4(), "READY", datetime.now(UTC))] == [(SOME_ID, "READY", SOME_TIME)]
    assert ("2026-11-25", uuid4()) != (SOME_TIME, SOME_ID)
    assert repr([SOME_ID, like(DeliveryAssigned, rw="001")]) == "[SOME_ID, like(DeliveryAssigned, rw='001')]"
