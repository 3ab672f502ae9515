"""An installation for trying, filled by one command: an agency finds events on every public topic."""

import json
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events.catalogue import topics
from shared.kafka import client
from tests.compose.installation import Compose, ComposeError


@pytest.fixture(scope="module")
def filled(installation: Compose) -> Compose:
    """An empty installation, then the sandbox's city."""
    installation.wipe()
    installation.up()
    said = installation.compose("run", "--rm", "--no-TTY", "sandbox", "--applications", "240", "--blanks", "60")
    assert "Every public topic has events now" in said
    return installation


async def test_an_agency_finds_events_on_every_public_topic(filled: Compose, tmp_path: Path) -> None:
    public = [topic for topic in topics().values() if topic.classification == "public"]
    words = [word for topic in public for word in ("--topic", topic.name)]
    told = json.loads(filled.operator("agency", "add", "trying", *words, "--json"))
    (tmp_path / "ca.pem").write_text(told["ca"])
    address = f"kafkas://{told['user']}:{told['password']}@{told['bootstrap_servers']}?ca={tmp_path / 'ca.pem'}"
    async with AIOKafkaConsumer(**client(address), group_id=None) as consumer:
        for topic in public:
            ends = await consumer.end_offsets([TopicPartition(topic.name, n) for n in range(topic.partitions)])
            assert sum(ends.values()) > 0, topic.name


def test_the_programs_that_told_its_story_are_gone(filled: Compose) -> None:
    taken = filled.operator("people", "machine", "sandbox-courier", "--role", "courier", "--area", "32.75")
    assert "secret" in taken, "its name was free again"


def test_a_sandbox_is_made_of_an_empty_installation_alone(filled: Compose) -> None:
    with pytest.raises(ComposeError, match="applications here already"):
        filled.compose("run", "--rm", "--no-TTY", "sandbox")
