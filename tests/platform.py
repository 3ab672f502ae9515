"""All tests of one run share one real Kafka and one real PostgreSQL, started when the first of them asks."""

import shutil
import tempfile
from pathlib import Path

from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres

EMBEDDED, CONTAINERS = "embedded", "containers"
"""Kinds of a platform: child processes of this one, or containers of the official images."""

_FAST_AND_FORGETFUL = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "autovacuum": "off",
}


class Platform:
    """A broker and a database server in a temporary folder, for as long as the tests run."""

    def __init__(self, kafka: EmbeddedKafka, postgres: EmbeddedPostgres) -> None:
        self._kafka = kafka
        self._started = {"kafka": False}
        self.postgres = postgres

    @property
    def kafka(self) -> EmbeddedKafka:
        """The broker, started on first use: tests of SQL alone do not wait for it."""
        if not self._started["kafka"]:
            self._kafka.start()
            self._started["kafka"] = True
        return self._kafka

    @property
    def bootstrap(self) -> str:
        """The broker's address."""
        return self.kafka.bootstrap

    def create_database(self, name: str, template: str | None = None) -> str:
        """Makes a database, as a copy of `template` when given, and returns its address (as the administrator)."""
        self.postgres.create_database(name, template=template)
        return self.postgres.dsn(name, "postgres")

    def drop_database(self, name: str) -> None:
        """Drops a database and whoever is still connected to it."""
        self.postgres.drop_database(name)

    def stop(self) -> None:
        """Stops both."""
        if self._started["kafka"]:
            self._kafka.stop()
        self.postgres.stop()


_running: dict[Path, Platform] = {}


def platform(kind: str = EMBEDDED) -> Platform:
    """The platform of this run of tests; whoever calls it first starts it and calls stop_platform() at the end."""
    if not _running:
        folder = Path(tempfile.mkdtemp(prefix="antar-tests-"))
        kafka, postgres = _in_containers(folder) if kind == CONTAINERS else _embedded(folder)
        postgres.start()
        _running[folder] = Platform(kafka, postgres)
    return next(iter(_running.values()))


def _embedded(folder: Path) -> tuple[EmbeddedKafka, EmbeddedPostgres]:
    return EmbeddedKafka(folder / "kafka"), EmbeddedPostgres(folder / "postgres", settings=_FAST_AND_FORGETFUL)


def _in_containers(folder: Path) -> tuple[EmbeddedKafka, EmbeddedPostgres]:
    from tests.containers import ContainerKafka, ContainerPostgres  # noqa: PLC0415 - it wants an engine

    return ContainerKafka(folder / "kafka"), ContainerPostgres(folder / "postgres", _FAST_AND_FORGETFUL)


def stop_platform() -> None:
    """Stops what platform() started and removes its folder; does nothing when it never started."""
    while _running:
        folder, running = _running.popitem()
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)
