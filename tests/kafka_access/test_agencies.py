"""`antar agency`: another agency reads the public topics it asked for, with what the command printed and nothing else."""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from shared.events.catalogue import every_topic, parked_topic
from shared.kafka import client
from tests.kafka_access.conftest import Installation
from tools.access.addresses import lets_in

PUBLIC = "dispatch.delivery.v1"
RESTRICTED = "intake.recipient.v1"


@pytest.fixture
def handout(installation: Installation) -> Iterator[dict[str, Any]]:
    """The settings of an agency, as the command printed them."""
    yield json.loads(installation.does("agency", "add", "bpjs", "--topic", PUBLIC, "--json"))
    installation.antar("agency", "remove", "bpjs", "--yes")


def plain(handout: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a client of aiokafka is given by somebody who knows the printed settings alone."""
    return {
        "bootstrap_servers": handout["bootstrap_servers"],
        "security_protocol": handout["security_protocol"],
        "sasl_mechanism": handout["sasl_mechanism"],
        "sasl_plain_username": handout["user"],
        "sasl_plain_password": handout["password"],
        "ssl_context": ssl.create_default_context(cadata=handout["ca"]),
    } | changes


async def write(installation: Installation, value: bytes) -> None:
    """The service that owns the public topic writes a record."""
    async with AIOKafkaProducer(**client(installation.address("dispatch")), enable_idempotence=True) as owner:
        await owner.send_and_wait(PUBLIC, value, b"key")


async def test_the_printed_program_reads_what_is_written(
    installation: Installation, handout: dict[str, Any], tmp_path: Path
) -> None:
    await write(installation, b'{"of": "the printed program"}')
    text = await asyncio.to_thread(installation.does, "agency", "rotate", "bpjs")
    program = "import asyncio" + text.partition("import asyncio")[2].partition("The password")[0]
    (tmp_path / "antar-ca.pem").write_text(handout["ca"])
    password = next(line.split()[-1] for line in text.splitlines() if line.startswith("password"))
    assert password not in program
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=tmp_path, stdout=asyncio.subprocess.PIPE,
        env={"ANTAR_PASSWORD": password, "PATH": os.environ["PATH"]},
    )  # fmt: skip
    try:
        assert running.stdout is not None
        async with asyncio.timeout(60):
            while b"the printed program" not in (line := await running.stdout.readline()):
                assert line, "it ended"
    finally:
        running.kill()
        await running.wait()


async def test_an_agency_keeps_its_place_in_a_group_of_its_own_and_in_no_other(
    installation: Installation, handout: dict[str, Any]
) -> None:
    await write(installation, b"{}")
    own = AIOKafkaConsumer(
        PUBLIC, group_id=f"{handout['group_prefix']}x", auto_offset_reset="earliest", **plain(handout)
    )
    async with own, asyncio.timeout(30):
        assert (await own.getone()).topic == PUBLIC
        await own.commit()
    for group in ("notify", "agency-bpjs", "agency-bpjs-2.x", "x"):
        other = AIOKafkaConsumer(PUBLIC, group_id=group, **plain(handout))
        with pytest.raises(GroupAuthorizationFailedError):
            await other.start()
        await other.stop()


@pytest.mark.parametrize("topic", [RESTRICTED, "notify.message.v1", parked_topic(PUBLIC, "notify")])
async def test_an_agency_is_refused_whatever_it_did_not_ask_for(handout: dict[str, Any], topic: str) -> None:
    consumer = AIOKafkaConsumer(topic, **plain(handout), auto_offset_reset="earliest")
    with pytest.raises(TopicAuthorizationFailedError):
        async with asyncio.timeout(30):
            await consumer.start()
            await consumer.getone()
    await consumer.stop()


async def test_an_agency_writes_nowhere(handout: dict[str, Any]) -> None:
    async with AIOKafkaProducer(**plain(handout), request_timeout_ms=5000) as producer:
        for topic in every_topic():
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(topic, b"{}", b"key", partition=0)


def address(installation: Installation, handout: dict[str, Any], password: str) -> str:
    return installation.broker.by_password(handout["user"], password, installation.broker.ports.agencies)


def test_after_a_rotation_only_the_new_password_opens(installation: Installation, handout: dict[str, Any]) -> None:
    new = json.loads(installation.does("agency", "rotate", "bpjs", "--json"))
    assert new == handout | {"password": new["password"]}
    assert lets_in(address(installation, new, new["password"]))
    assert not lets_in(address(installation, handout, handout["password"]))


async def test_an_agency_that_is_removed_reads_nothing_more_on_the_connection_that_it_has(
    installation: Installation, handout: dict[str, Any]
) -> None:
    await write(installation, b"{}")
    consumer = AIOKafkaConsumer(PUBLIC, **plain(handout), auto_offset_reset="earliest")
    async with consumer, asyncio.timeout(30):
        await consumer.getone()
        await asyncio.to_thread(installation.does, "agency", "remove", "bpjs", "--yes")
        with pytest.raises(TopicAuthorizationFailedError):
            while True:
                await consumer.getone()
    assert await asyncio.to_thread(installation.does, "agency", "list") == "No agency reads anything yet.\n"
    assert not await asyncio.to_thread(lets_in, address(installation, handout, handout["password"]))
    assert await asyncio.to_thread(installation.does, "access", "apply")


def test_an_agency_gets_other_topics_and_loses_those_it_had(
    installation: Installation, handout: dict[str, Any]
) -> None:
    changed = installation.does("agency", "topics", "bpjs", "--topic", "notify.message.v1")
    assert (
        changed == "- agency-bpjs may read topic dispatch.delivery.v1\n+ agency-bpjs may read topic notify.message.v1\n"
    )
    assert "already" in installation.does("agency", "topics", "bpjs", "--topic", "notify.message.v1")
    assert json.loads(installation.does("agency", "list", "--json")) == [
        {"user": "agency-bpjs", "topics": ["notify.message.v1"], "signs_in": True}
    ]


@pytest.mark.parametrize("words", [["add", "kpu"], ["topics", "bpjs"]])
def test_no_agency_gets_what_is_not_public(
    words: list[str], installation: Installation, handout: dict[str, Any]
) -> None:
    before = installation.does("agency", "list")
    for topic, why in (
        (RESTRICTED, "intake.recipient.v1 is restricted: it holds personal data, so no agency may read it."),
        (parked_topic(PUBLIC, "notify"), "There is no topic 'dispatch.delivery.v1.notify.parked' for agencies."),
        ("*", "There is no topic '*' for agencies."),
    ):
        refused = installation.antar("agency", *words, "--topic", PUBLIC, "--topic", topic)
        assert refused.exit_code == 1
        assert why in refused.output
    assert installation.does("agency", "list") == before


def test_an_agency_that_exists_is_not_made_again(installation: Installation, handout: dict[str, Any]) -> None:
    refused = installation.antar("agency", "add", "bpjs", "--topic", PUBLIC)
    assert refused.exit_code == 1
    assert "`antar agency topics bpjs --topic …` changes what it reads" in refused.output
    assert lets_in(address(installation, handout, handout["password"]))


@pytest.mark.parametrize("name", ["BPJS", "bpjs.kesehatan", "-x", "x-", "a--b", "x" * 41, "1", "bpjs kes", ""])
def test_a_name_that_is_none_is_refused(name: str, installation: Installation) -> None:
    refused = installation.antar("agency", "add", "--topic", PUBLIC, "--", name)
    assert refused.exit_code == 1
    assert "An agency's name is" in refused.output


@pytest.mark.parametrize("words", [["rotate", "kpu"], ["remove", "kpu", "--yes"], ["topics", "kpu", "--topic", PUBLIC]])
def test_an_agency_that_does_not_exist_is_told_so(
    words: list[str], installation: Installation, handout: dict[str, Any]
) -> None:
    refused = installation.antar("agency", *words)
    assert refused.exit_code == 1
    assert "There is no agency kpu. Agencies: bpjs." in refused.output


@pytest.mark.parametrize("servers", ["antar.example.id", "kafkas://x:y@antar.example.id:9095"])
def test_an_address_for_agencies_that_is_none_is_refused_before_anything_is_made(
    installation: Installation, servers: str
) -> None:
    refused = installation.antar("agency", "add", "kpu", "--topic", PUBLIC, "--servers", servers)
    assert refused.exit_code == 2
    assert installation.does("agency", "list") == "No agency reads anything yet.\n"
