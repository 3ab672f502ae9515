"""One secured broker for all tests of this folder, with the topics, the rules and everybody's password on it."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.kafka_access.secured import Secured
from tools.access.rules import our_users
from tools.cli import app


@dataclass
class Installation:
    """The broker, and the folder of secrets from which everybody's password comes."""

    broker: Secured
    secrets: Path

    def antar(self, *words: object) -> Result:
        """What the administrator's command says."""
        where = {"ANTAR_KAFKA": self.broker.administrator, "ANTAR_SECRETS": str(self.secrets)}
        where["ANTAR_AGENCIES_ADDRESS"] = f"localhost:{self.broker.ports.agencies}"
        return CliRunner(env=where).invoke(app, [str(word) for word in words])

    def does(self, *words: object) -> str:
        """What it says when it must succeed."""
        result = self.antar(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def address(self, user: str) -> str:
        """The address by which one of our users comes."""
        return (self.secrets / f"{user}_kafka").read_text().strip()

    def set_address(self, user: str, password: str) -> None:
        """Writes the file in which the user's address stands."""
        (self.secrets / f"{user}_kafka").write_text(self.broker.by_password(user, password) + "\n")


@pytest.fixture(scope="session")
def broker() -> Iterator[Secured]:
    with tempfile.TemporaryDirectory(prefix="antar-secured-") as folder:
        secured = Secured(Path(folder))
        secured.kafka.start(timeout=120)
        yield secured
        secured.kafka.stop()


@pytest.fixture(scope="session")
def prepared(broker: Secured) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="antar-secrets-") as folder:
        made = Installation(broker, Path(folder))
        for user in our_users():
            made.set_address(user, f"the-word-of-{user}")
        made.does("topics", "apply")
        made.does("access", "apply")
        yield made


@pytest.fixture
def installation(prepared: Installation) -> Iterator[Installation]:
    """As the rules have it; whatever a test changes is put right after it."""
    yield prepared
    for user in our_users():
        prepared.set_address(user, f"the-word-of-{user}")
    prepared.does("access", "apply")
