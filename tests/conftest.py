"""Fixtures for all tests: the embedded platform once, a fresh database for each test."""

import gc
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cache
from typing import Any

import asyncpg
import pytest

from shared import logging
from shared.migrations import migrate
from tests import platform as embedded
from tests.harness import ServiceUnderTest, build
from tests.memory import use_memory

Harness = Callable[..., Awaitable[ServiceUnderTest]]
_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def _log_lines() -> None:
    logging.configure("tests", "INFO")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which servers the tests run on."""
    parser.addoption(
        "--platform",
        choices=(embedded.EMBEDDED, embedded.CONTAINERS),
        default=embedded.EMBEDDED,
        help="Kafka and PostgreSQL as child processes, or in containers of their official images.",
    )


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: while one waits for a broker, the others work."""
    return min((os.cpu_count() or 1) + 1, 4)


def pytest_configure() -> None:
    """Before the first temporary folder is made."""
    use_memory()


def pytest_collection_finish() -> None:
    """What was loaded stays: the collector of garbage need not walk through all of it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def platform(request: pytest.FixtureRequest) -> Iterator[embedded.Platform]:
    """A real Kafka and a real PostgreSQL; Kafka starts when somebody asks for it."""
    yield embedded.platform(request.config.getoption("--platform"))
    embedded.stop_platform()


@pytest.fixture(scope="session")
def template(platform: embedded.Platform) -> Callable[[str], str]:
    """Names the migrated database of a service, from which tests get their copies."""

    @cache
    def of(service: str) -> str:
        name = f"template_{service}"
        migrate(platform.create_database(name), service)
        return name

    return of


@pytest.fixture
def database(platform: embedded.Platform, template: Callable[[str], str]) -> Iterator[Callable[[str], str]]:
    """Makes a fresh database of a service and returns its address."""
    made: list[str] = []

    def make(service: str) -> str:
        name = f"{service}_{next(_numbers)}"
        made.append(name)
        return platform.create_database(name, template=template(service))

    yield make
    for name in made:
        platform.drop_database(name)


@pytest.fixture
async def harness(database: Callable[[str], str]) -> AsyncIterator[Harness]:
    """Puts a service under test: `await harness("printing", printer_spoil_rate=0.1)`."""
    made: list[ServiceUnderTest] = []

    async def make(service: str, **settings: Any) -> ServiceUnderTest:
        dsn = database(service)
        pool = await asyncpg.create_pool(dsn, min_size=1, max_size=6)
        made.append(ServiceUnderTest(build(service, dsn, **settings), pool))
        return made[-1]

    yield make
    for service in made:
        await service.close()
