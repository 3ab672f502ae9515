"""The embedded platform as an operator meets it: started, looked at, killed, stopped, started again."""

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import httpx2
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tools.embedded.folder import SERVERS
from tools.embedded.launcher import SERVICES, Launcher
from tools.embedded.ports import free_port

TOPIC = "intake.application.v1"

STAND_IN = """
import http.server, os, signal, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()
    def log_message(self, *_):
        pass
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["ANTAR_HTTP_PORT"])), Ready).serve_forever()
"""
STAND_INS = dict.fromkeys(SERVICES, (sys.executable, "-c", STAND_IN))

START = """
import sys
from pathlib import Path
from tools.embedded import command
from tools.embedded.launcher import Launcher
from tools.embedded.narration import Narrator
from tests.end_to_end.test_platform import STAND_INS, exist
sys.exit(command.run(Launcher(Path(sys.argv[1]), commands={} if exist() else STAND_INS, narrator=Narrator())))
"""


def exist() -> bool:
    """Whether all four services can be run yet."""
    return all(find_spec(f"services.{name}.app") for name in SERVICES)


class Started:
    """`antar start` as a process of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, str(data)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if "Antar runs" in line:
                return
        pytest.fail("".join(self.said))

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(25)
        assert self.process.stdout is not None
        self.process.stdout.close()


def antar(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as typed, to its end."""
    command = [sys.executable, "-m", "tools.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=os.environ | environment, check=False
    )


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not pytest's own: each other run of pytest closes that one to the account that PostgreSQL has under root."""
    with tempfile.TemporaryDirectory(prefix="antar-tests-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def first(folder: Path) -> Iterator[Started]:
    """A platform started by a command, killed and started again by the tests below."""
    started = Started(folder / "first")
    yield started
    started.end()


@pytest.fixture(scope="module")
def second(folder: Path, first: Started) -> Iterator[Launcher]:
    """A platform beside the first one, in this process and with services that only say they are ready."""
    with Launcher(folder / "second", commands=STAND_INS) as running:
        yield running


def test_status_shows_every_process_its_port_and_how_far_it_is_behind(first: Started) -> None:
    shown = antar("status", "--data", str(first.data), "--json")
    assert shown.returncode == 0, shown.stderr
    parts = json.loads(shown.stdout)
    running = {process.pid for process in first.children()}
    assert set(parts) == {*SERVERS, *SERVICES}
    assert all(part["running"] and part["pid"] in running and part["port"] for part in parts.values())
    assert all(parts[name]["ready"] and not parts[name]["lag"] and parts[name]["outbox"] == 0 for name in SERVICES)
    table = antar("status", "--data", str(first.data)).stdout
    assert all(name in table for name in parts)


def test_a_new_platform_has_couriers_so_that_an_address_can_be_registered_at_once(first: Started) -> None:
    told = "Brought in the RW and couriers of an invented city\n"
    assert told in first.said
    address = next(line.split()[1] for line in first.said if line.startswith("dispatch "))
    token = antar("token", "--role", "administrator", "--data", str(first.data)).stdout.strip()
    shown = httpx2.get(f"{address}/couriers?limit=1", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    courier = shown.json()[0]
    assert (courier["badge"], courier["kelurahan_code"], courier["rw"]) == ("TKK-0001", "32.75.01.1001", "001")


def test_status_of_nothing_is_a_sentence_and_an_error(tmp_path: Path) -> None:
    shown = antar("status", "--data", str(tmp_path))
    assert shown.returncode == 1
    assert "Nothing runs on" in shown.stderr


def test_two_platforms_run_side_by_side(first: Started, second: Launcher) -> None:
    parts = json.loads(antar("status", "--data", str(first.data), "--json").stdout)
    theirs = {part["port"] for part in parts.values()}
    ours = {port_of(url) for url in second.urls().values()} | {port_of(second.bootstrap)}
    assert not theirs & ours


def test_a_second_launcher_on_the_same_folder_is_refused(first: Started) -> None:
    refused = antar("start", "--data", str(first.data))
    assert refused.returncode == 1
    assert "already runs on" in refused.stderr
    assert str(first.process.pid) in refused.stderr


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = antar("start", "--data", str(tmp_path / "data"), "--port", f"intake={port}")
    assert refused.returncode == 1
    assert f"Port {port}, asked for intake, is taken" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_registry_out_of_reach_is_told_in_one_sentence(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    refused = antar(
        "start", "--data", str(tmp_path / "data"),
        HTTPS_PROXY=nobody, https_proxy=nobody, XDG_CACHE_HOME=str(tmp_path / "cache"), M2_REPO=str(tmp_path / "maven"),
        HOME=str(tmp_path),
    )  # fmt: skip
    assert refused.returncode == 1
    assert "could not be downloaded" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["intake", "kafka", "postgres", "sign-in"])
def test_a_process_that_is_killed_is_back_in_seconds(second: Launcher, name: str) -> None:
    former = second.kill(name)
    second.await_restart(name, former, timeout=20)
    assert second.pid(name) != former
    assert second.failure is None


async def test_a_service_cannot_open_the_database_of_another(second: Launcher) -> None:
    own = await asyncpg.connect(second.dsn("printing"))
    await own.close()
    foreign = second.dsn("printing").removesuffix("/printing") + "/intake"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(foreign)


def test_passwords_and_keys_are_for_the_operator_alone(second: Launcher) -> None:
    for kept in ("secrets.json", "postgres/passwords.json"):
        assert stat.S_IMODE((second.folder.path / kept).stat().st_mode) == 0o600
    assert second.folder.path.stat().st_mode & stat.S_IROTH == 0


async def test_a_later_start_finds_everything_again(second: Launcher) -> None:
    before = (second.urls(), second.bootstrap, second.folder.secret("intake"))
    connection = await asyncpg.connect(second.dsn("intake"))
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    await connection.close()
    async with AIOKafkaProducer(bootstrap_servers=second.bootstrap) as producer:
        await producer.send_and_wait(TOPIC, b"kept", partition=0)
    second.stop()
    second.start()
    assert (second.urls(), second.bootstrap, second.folder.secret("intake")) == before
    connection = await asyncpg.connect(second.dsn("intake"))
    assert await connection.fetchval("SELECT answer FROM kept") == 42
    await connection.close()
    async with AIOKafkaConsumer(bootstrap_servers=second.bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(TOPIC, 0)])
        assert (await consumer.getone()).value == b"kept"


async def test_facts_not_sent_and_events_not_read_are_counted(second: Launcher) -> None:
    async with AIOKafkaProducer(bootstrap_servers=second.bootstrap) as producer:
        for _ in range(5):
            await producer.send_and_wait("dispatch.delivery.v1", b"{}", partition=7)
    reader = AIOKafkaConsumer(
        "dispatch.delivery.v1", group_id="printing", bootstrap_servers=second.bootstrap, enable_auto_commit=False
    )
    async with reader:
        await reader.commit({TopicPartition("dispatch.delivery.v1", 7): 2})
        parts = json.loads(antar("status", "--data", str(second.folder.path), "--json").stdout)
    assert parts["printing"]["lag"] == 3
    assert parts["intake"]["lag"] is None
    assert parts["printing"]["outbox"] == 0


def test_no_child_survives_the_launcher_killed_and_the_next_start_works(first: Started) -> None:
    children = first.children()
    assert len(children) >= 7
    os.kill(first.process.pid, signal.SIGKILL)
    again = Started(first.data)
    _, alive = psutil.wait_procs(children, timeout=15)
    assert not alive
    assert not any("invented city" in line for line in again.said), "the couriers that are there stay as they are"

    children = again.children()
    begun = time.monotonic()
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(25) == 0
    assert time.monotonic() - begun < 20
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
    with contextlib.suppress(OSError):
        again.end()
