"""What a service's OpenAPI document says is what it does."""

import pytest

from tests.conftest import Harness
from tests.openapi.asking import ask
from tests.openapi.records import SERVICES, SETTINGS


@pytest.mark.parametrize("name", SERVICES)
async def test_whatever_is_asked_the_answer_is_none_of_our_errors_and_is_one_that_the_document_names(
    harness: Harness, name: str
) -> None:
    service = await harness(name, **SETTINGS.get(name, {}))
    found = await ask(service, await SERVICES[name](service), examples=20)
    assert not found.faults, found.told()
