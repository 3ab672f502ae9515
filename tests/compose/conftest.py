"""One installation for all tests of this folder."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.compose.installation import SIGN_IN, Compose, engine, sign_in_image
from tests.compose.outside import Installation
from tests.end_to_end.demo_cases import SMALL

REPORT = Path("build") / "compose-report.json"


@contextmanager
def started(folder: Path) -> Iterator[Compose]:
    """An installation made in `folder` and started as README says, with a simulated printer, and open to agencies."""
    made = Compose(folder)
    made.settings(
        COMPOSE_PROJECT_NAME=made.project,
        COMPOSE_FILE="docker-compose.yml:docker-compose.agencies.yml:published.yml",
        ANTAR_VERSION=made.project,
        ANTAR_PRINTER="simulated",
        ANTAR_PRINTER_SEED=str(SMALL.seed),
        ANTAR_PRINTER_SPOIL_RATE=str(SMALL.spoil_rate),
        ANTAR_KEYCLOAK_IMAGE=sign_in_image() or SIGN_IN,
    )
    try:
        made.initialise()
        made.compose("build", "--quiet")
        report = {"seconds to start": made.up(), "MiB after the start": made.memory()}
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(json.dumps(report, indent=1) + "\n")
        yield made
    finally:
        made.down()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """One for all tests."""
    if reason := engine():
        pytest.skip(f"{reason}: an installation is not tried")
    with started(tmp_path_factory.mktemp("installation")) as made:
        yield made


@pytest.fixture(scope="session")
def outside(installation: Compose) -> Installation:
    """The same as who comes from outside knows it."""
    return installation.as_outsider()
