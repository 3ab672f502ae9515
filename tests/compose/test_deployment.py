"""What an installation promises: nothing is open that need not be, and nobody can what they need not do."""

import asyncio
import json
import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx2
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from shared.kafka import client
from shared.packages import known
from tests.compose.installation import RUNNING, SERVICES, WAYS, Compose, ComposeError
from tests.compose.outside import Installation, by_way
from tools.deploy import databases
from tools.deploy.databases import account

PUBLIC = "intake.application.v1"
RESTRICTED = "intake.recipient.v1"


def _inspected(installation: Compose) -> dict[str, dict[str, Any]]:
    found = installation.containers()
    return dict(zip(found, installation.inspected(found.values()), strict=True))


def test_everything_is_healthy_and_the_jobs_are_done(installation: Compose) -> None:
    states = {name: one["State"] for name, one in _inspected(installation).items()}
    assert {name for name, state in states.items() if state["Running"]} == set(RUNNING)
    assert all(states[name]["Health"]["Status"] == "healthy" for name in RUNNING)
    assert {name: state["ExitCode"] for name, state in states.items() if not state["Running"]} == {
        "access": 0,
        "databases": 0,
    }


def held(name: str, one: dict[str, Any]) -> None:
    """This container can no more than it needs."""
    host = one["HostConfig"]
    assert host["ReadonlyRootfs"], name
    assert host["CapDrop"] == ["ALL"], name
    assert host["CapAdd"] in (None, [], ["NET_BIND_SERVICE"], ["CAP_NET_BIND_SERVICE"]), name
    assert "no-new-privileges:true" in host["SecurityOpt"], name
    assert host["Memory"] > 0, name
    assert host["PidsLimit"] > 0, name
    assert host["LogConfig"]["Config"]["max-size"], name
    assert one["Config"]["User"] not in ("", "0", "root") or name == "proxy", name


def test_no_container_can_more_than_it_needs(installation: Compose) -> None:
    for name, one in _inspected(installation).items():
        held(name, one)


def test_the_proxy_is_the_only_way_in_beside_the_agencies_door(installation: Compose) -> None:
    ports = {
        (name, bound["HostPort"])
        for name, one in _inspected(installation).items()
        for bindings in one["NetworkSettings"]["Ports"].values()
        for bound in bindings or ()
        if bound["HostIp"] != "127.0.0.1"  # the tests' own
    }
    assert ports == {("proxy", "80"), ("proxy", "443"), ("kafka", "9095")}


def test_no_secret_stands_where_others_can_read_it(installation: Compose) -> None:
    files = {path.name: path for path in (installation.folder / "secrets").iterdir()}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o640 for path in files.values())
    words = {name: _word(path) for name, path in files.items() if name not in ("kafka_ca", "administrator_kafka")}
    found = installation.containers()
    places = {"inspect": installation.docker("inspect", *found.values()), "logs": installation.said()}
    places |= {f"processes of {name}": installation.docker("top", found[name], "-eo", "pid,args") for name in RUNNING}
    for place, text in places.items():
        assert len(text) > 10, place
        assert not [name for name, word in words.items() if word in text], place


def _word(file: Path) -> str:
    text = file.read_text()
    if "BEGIN" in text:
        return text.splitlines()[1]  # of a key, its first line
    return urlsplit(text.strip()).password or text.strip()


async def test_nobody_comes_into_another_services_database(installation: Compose) -> None:
    addresses = databases.in_folder(installation.folder / "secrets")
    everybody = [*addresses.services.values(), *addresses.others, *addresses.running]
    assert len(everybody) == 2 * len(known("services")) + 1
    for address in everybody:
        own = account(address)
        for other in {account(one).database for one in everybody} | {"postgres"}:
            its = by_way(address.rpartition("/")[0] + f"/{other}", WAYS.postgres)
            if other == own.database:
                await (await asyncpg.connect(its)).close()
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await asyncpg.connect(its)


async def test_the_broker_allows_what_is_declared_and_nothing_has_changed(installation: Compose) -> None:
    said = installation.operator("access", "apply", "--dry-run")
    assert said.strip() == "Everybody may do what topics.yaml says, and nothing else."


async def test_an_agency_reads_public_topics_with_what_it_was_given_and_nothing_else(
    installation: Compose, tmp_path: Path
) -> None:
    told = json.loads(installation.operator("agency", "add", "bpjs", "--topic", PUBLIC, "--json"))
    (tmp_path / "ca.pem").write_text(told["ca"])
    address = f"kafkas://{told['user']}:{told['password']}@{told['bootstrap_servers']}?ca={tmp_path / 'ca.pem'}"
    async with AIOKafkaConsumer(PUBLIC, **client(address), group_id=f"{told['group_prefix']}reader") as consumer:
        assert len(consumer.partitions_for_topic(PUBLIC)) == 12
    with pytest.raises(TopicAuthorizationFailedError):
        async with AIOKafkaConsumer(RESTRICTED, **client(address), group_id=None) as consumer:
            await asyncio.wait_for(consumer.getone(), 30)
    async with AIOKafkaProducer(**client(address), enable_idempotence=False) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await asyncio.wait_for(producer.send_and_wait(PUBLIC, b"no", partition=0), 30)
    with pytest.raises(ComposeError, match=r"restricted|public"):
        installation.operator("agency", "add", "kepo", "--topic", RESTRICTED)
    installation.operator("agency", "remove", "bpjs", "--yes")


@pytest.mark.parametrize("service", SERVICES)
def test_what_tells_of_a_services_inside_is_not_shown_outside(
    installation: Compose, outside: Installation, service: str
) -> None:
    for path in ("/metrics", "/health/ready", "/health/live", "//metrics", "/%6Detrics", "/./metrics", "/metrics/"):
        answer = httpx2.get(outside.urls()[service] + path, verify=outside.trust)
        assert answer.status_code == 404, path


def test_a_citizen_comes_by_the_name_alone(installation: Compose, outside: Installation) -> None:
    answer = httpx2.get(outside.tracking(), verify=outside.trust, follow_redirects=True)
    assert answer.url.path == "/lacak"
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"]


def test_a_start_without_a_secret_or_with_a_placeholder_is_refused_by_its_name(installation: Compose) -> None:
    file = installation.folder / "secrets" / "session_key"
    kept = file.rename(file.with_name("kept"))
    try:
        with pytest.raises(ComposeError, match="session_key"):
            installation.compose("run", "--rm", "--no-deps", "--no-TTY", "notify")
        file.write_text("0" * 64 + "\n")
        file.chmod(0o644)
        with pytest.raises(ComposeError, match="ANTAR_SESSION_KEY must be 32 random bytes"):
            installation.compose("run", "--rm", "--no-deps", "--no-TTY", "notify")
    finally:
        kept.rename(file)
