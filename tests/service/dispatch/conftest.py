"""Fixtures for dispatch: a city without and with couriers."""

import pytest

from tests.conftest import Harness
from tests.service.dispatch.city import City


@pytest.fixture
async def empty_city(harness: Harness) -> City:
    """Dispatch on the day before the first roster."""
    return City(await harness("dispatch"))


@pytest.fixture
async def city(empty_city: City) -> City:
    """Dispatch with couriers for Kayuringin Jaya RW 011 and 012 and Margahayu RW 003."""
    assert (await empty_city.roster()).status_code == 200
    return empty_city
