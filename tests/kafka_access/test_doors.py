"""Who comes in at all: nobody without a name, nobody with a wrong password, nobody in the clear."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, SaslAuthenticationFailed, UnsupportedSaslMechanismError

from shared.kafka import client
from tests.kafka_access.conftest import Installation
from tests.kafka_access.secured import HOST, Secured, of_installation
from tools.deploy.certificates import authority, issue
from tools.embedded.kafka import SETTINGS

DOORS = ("services", "admin", "agencies", "controller")


async def comes_in(settings: dict[str, Any]) -> list[str]:
    """The topics that somebody sees who comes in."""
    admin = AIOKafkaAdminClient(**settings, request_timeout_ms=5000)
    try:
        async with asyncio.timeout(20):
            await admin.start()
            return list(await admin.list_topics())
    finally:
        await admin.close()


async def connects(port: int, **settings: Any) -> None:
    """What keeps somebody out, as the connection says it."""
    async with asyncio.timeout(20):
        (await create_conn(HOST, port, **settings)).close()


def trusting(broker: Secured) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(broker.ca))


def by_password(broker: Secured, user: str, password: str, mechanism: str = "SCRAM-SHA-512") -> dict[str, Any]:
    return {
        "security_protocol": "SASL_SSL", "ssl_context": trusting(broker), "sasl_mechanism": mechanism,
        "sasl_plain_username": user, "sasl_plain_password": password,
    }  # fmt: skip


async def test_each_of_ours_comes_in_and_sees_its_own_topics_alone(installation: Installation) -> None:
    seen = await comes_in(client(installation.address("printing")))
    assert sorted(name for name in seen if not name.endswith(".parked")) == [
        "intake.application.v1", "printing.blank-stock.v1", "printing.print-order.v1",
    ]  # fmt: skip
    assert all(name.endswith(".printing.parked") for name in seen if name.endswith(".parked"))


@pytest.mark.parametrize("door", DOORS)
async def test_nobody_comes_in_in_the_clear(installation: Installation, door: str) -> None:
    port = getattr(installation.broker.ports, door)
    with pytest.raises(KafkaConnectionError):
        await comes_in({"bootstrap_servers": f"{HOST}:{port}"})


@pytest.mark.parametrize("door", DOORS)
async def test_nobody_comes_in_without_saying_who_he_is(installation: Installation, door: str) -> None:
    port = getattr(installation.broker.ports, door)
    with pytest.raises(KafkaConnectionError):
        await comes_in(client(f"kafkas://{HOST}:{port}?ca={installation.broker.ca}"))


@pytest.mark.parametrize("door", ["services", "agencies"])
@pytest.mark.parametrize(
    ("user", "password"), [("intake", "wrong"), ("nobody", "the-word-of-intake"), ("CN=antar-administrator", "x")]
)
async def test_a_wrong_password_and_an_unknown_name_are_refused(
    installation: Installation, door: str, user: str, password: str
) -> None:
    at = installation.broker
    with pytest.raises(SaslAuthenticationFailed):
        await connects(getattr(at.ports, door), **by_password(at, user, password))


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
async def test_a_password_is_never_sent_in_a_weaker_way(installation: Installation, mechanism: str) -> None:
    with pytest.raises(UnsupportedSaslMechanismError):
        settings = by_password(installation.broker, "intake", "the-word-of-intake", mechanism)
        await connects(installation.broker.ports.services, **settings)


@pytest.mark.parametrize("door", ["admin", "controller"])
async def test_a_certificate_of_another_authority_is_refused(
    installation: Installation, door: str, tmp_path: Path
) -> None:
    forged = tmp_path / "forged"
    forged.write_bytes(issue(authority(), "antar-administrator").together)
    port = getattr(installation.broker.ports, door)
    with pytest.raises(KafkaConnectionError):
        await comes_in(client(f"kafkas://{HOST}:{port}?ca={installation.broker.ca}&certificate={forged}"))


async def test_the_administrators_door_takes_no_password(installation: Installation) -> None:
    at = installation.broker
    with pytest.raises(KafkaConnectionError):
        await comes_in(client(at.by_password("intake", "the-word-of-intake", at.ports.admin)))


async def test_a_client_does_not_take_another_server_for_the_broker(installation: Installation, tmp_path: Path) -> None:
    other = tmp_path / "other-ca"
    other.write_bytes(authority().certificate)
    known = installation.address("intake").replace(str(installation.broker.ca), str(other))
    with pytest.raises(KafkaConnectionError):
        await comes_in(client(known))


def test_an_installations_broker_is_set_as_that_of_a_developers_machine_where_both_say_something() -> None:
    installed = of_installation()
    assert {name: installed[name] for name in SETTINGS if name in installed} == {
        name: value for name, value in SETTINGS.items() if name in installed
    }
    assert len(SETTINGS.keys() - installed.keys()) <= 3, "threads, which a bigger machine may have more of"
