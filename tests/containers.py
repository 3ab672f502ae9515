"""The tests' servers in containers of their official images, for whoever wants to see Antar on those.

They are told what the embedded ones are told, and are reached in the same way: `pytest --platform=containers`.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from testcontainers.core.container import DockerContainer

from tools.embedded import kafka, postgres
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.ports import HOST
from tools.embedded.postgres import EmbeddedPostgres
from tools.errors import PlatformError

POSTGRES: Final = "postgres:17"
KAFKA: Final = "apache/kafka:4.3.1"
_SECONDS: Final = 120.0
_INSIDE: Final = {"listen_addresses": "*", "unix_socket_directories": "/var/run/postgresql"}


class ContainerPostgres(EmbeddedPostgres):
    """PostgreSQL in a container; roles and databases are made as in the embedded one."""

    def __init__(self, data: Path, settings: Mapping[str, str]) -> None:
        super().__init__(data)
        told = postgres.SETTINGS | dict(settings) | _INSIDE
        self._container = (
            DockerContainer(POSTGRES)
            .with_bind_ports(5432, self.port)
            .with_env(
                "POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C"
            )
            .with_command(["postgres", *(f"-c{name}={value}" for name, value in told.items())])
            .with_tmpfs_mount("/var/lib/postgresql/data")  # a fresh database for each test waits for no disk
        )

    def start(self, timeout: float = _SECONDS) -> None:
        """Starts the container and waits until it takes connections."""
        self._data.mkdir(parents=True, exist_ok=True)
        self._container.with_env("POSTGRES_PASSWORD", self._password(postgres.ADMIN)).start()
        # From inside: the engine's own door takes connections before there is a server behind it.
        asked = ["pg_isready", "--quiet", f"--host={HOST}"]
        _wait("PostgreSQL", self._container, timeout, lambda: self._container.exec(asked).exit_code == 0)

    def stop(self, timeout: float = 10) -> None:
        """Takes the container away, data and all."""
        self._container.stop()


class ContainerKafka(EmbeddedKafka):
    """Apache Kafka in a container."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        port = self.bootstrap.rpartition(":")[2]
        told = kafka.SETTINGS | {
            "listeners": f"PLAINTEXT://:{port},CONTROLLER://localhost:9093",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.quorum.voters": "1@localhost:9093",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        }
        self._container = DockerContainer(KAFKA).with_bind_ports(int(port), int(port))
        for name, value in told.items():
            self._container.with_env(f"KAFKA_{name.replace('.', '_').upper()}", value)

    def start(self, timeout: float = _SECONDS, progress: object = None) -> None:
        """Starts the container and waits until it serves."""
        self._container.start()
        _wait("Kafka", self._container, timeout, lambda: kafka.STARTED.encode() in self._container.get_logs()[0])

    def stop(self, timeout: float = 10) -> None:
        """Takes the container away, data and all."""
        self._container.stop()


def _wait(name: str, container: DockerContainer, timeout: float, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + timeout
    container.reload()
    while container.status != "running" or not ready():
        if container.status == "exited" or time.monotonic() > deadline:
            said = b"\n".join(container.get_logs()).decode(errors="replace")
            raise PlatformError(f"{name} did not become ready in its container:\n{said[-2000:]}")
        time.sleep(0.1)
        container.reload()
