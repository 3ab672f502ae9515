"""One object starts the whole platform in order, keeps it alive, and leaves nothing behind when it stops."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiokafka.errors import KafkaError

from shared.packages import known
from shared.rights import RUNNING
from tools.embedded.child import Child, end_orphans, stop_all
from tools.embedded.folder import SERVERS, DataFolder
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.narration import Narrator, Silence
from tools.embedded.ports import PortBook
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.service import Wiring, answers_ready, service
from tools.embedded.signin import SignIn
from tools.embedded.supervision import Part, Supervision
from tools.errors import PlatformError

SERVICES = ("intake", "printing", "dispatch", "notify")
"""Those that a document passes, in that order; the demonstration needs no other."""
USUAL_PORTS = {
    "intake": 8101,
    "printing": 8102,
    "dispatch": 8103,
    "notify": 8104,
    "sign-in": 8100,
    "kafka": 9292,
    "postgres": 5633,
}

_PATIENCE_SERVICES = 9.0  # seconds to stop in; with the next one below the 20 s that a stop may take
_PATIENCE_SERVERS = 9.0


def of_the_city() -> tuple[str, ...]:
    """All services of a city: those that a document passes, then whatever else is below services/."""
    return (*SERVICES, *(name for name in known("services") if name not in SERVICES))


class Launcher:
    """Kafka, PostgreSQL, the sign-in and the services of one data folder, each a child process.

    `environment` is handed to every service; `ports` must be free or it is an error; `commands` replaces
    `python -m services.NAME` for a service; `kafka_heap` is Java's -Xmx.
    """

    def __init__(
        self,
        data: Path | None = None,
        services: Sequence[str] = SERVICES,
        environment: Mapping[str, str] | None = None,
        *,
        ports: Mapping[str, int] | None = None,
        commands: Mapping[str, Sequence[str]] | None = None,
        kafka_heap: str = "256m",
        narrator: Narrator | None = None,
    ) -> None:
        self.folder = DataFolder(data)
        self._services = tuple(services)
        self._environment = dict(environment or {})
        self._asked = dict(ports or {})
        self._commands = dict(commands or {})
        self._heap = kafka_heap
        self.narrator = narrator or Silence()
        self._book = PortBook()
        self._wirings: dict[str, Wiring] = {}
        self._children: dict[str, Child] = {}
        self._supervision: Supervision | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts everything and waits until every service takes work; raises PlatformError, having stopped all."""
        self.folder.open()
        try:
            end_orphans(sorted(self.folder.run.glob("*.pid")))
            self._start_servers(self._choose_ports())
            self._start_services()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops the services, then what they need, within 20 s."""
        if self._supervision is not None:
            self._supervision.stop()
        servers = [self._children[name] for name in SERVERS if name in self._children]
        stop_all([child for child in self._children.values() if child not in servers], _PATIENCE_SERVICES)
        stop_all(servers, _PATIENCE_SERVERS)
        self.narrator.close()
        self._book.close()
        self.folder.close()

    def wait(self) -> None:
        """Waits until the platform cannot go on, and raises the PlatformError that says why."""
        assert self._supervision is not None
        self._supervision.wait()

    @property
    def failure(self) -> PlatformError | None:
        """Why the platform cannot go on, None while it can."""
        return self._supervision.failure if self._supervision else None

    @property
    def bootstrap(self) -> str:
        """Kafka's address for clients."""
        return self._kafka.bootstrap

    @property
    def sign_in(self) -> SignIn:
        """Where people sign in and machines get their tokens."""
        return self._sign_in

    @property
    def trust(self) -> bool:
        """Its services are on the loopback, and have no certificates."""
        return True

    def url(self, name: str) -> str:
        """Where a service's pages and HTTP interface are."""
        return self._wirings[name].url

    def tracking(self) -> str:
        """What stands before /lacak/CODE."""
        return self.url("notify")

    def urls(self) -> dict[str, str]:
        """The address of each service."""
        return {name: wiring.url for name, wiring in self._wirings.items()}

    def dsn(self, name: str) -> str:
        """The address of a service's database, as its owner."""
        return self._postgres.dsn(name)

    def _running(self, name: str) -> str:
        """The same as the service itself gets it: it does not run as the owner."""
        return self._postgres.dsn(name, f"{name}{RUNNING}")

    def pid(self, name: str) -> int:
        """The present process id of a service or of `kafka`, `postgres`, `sign-in`; another one after a restart."""
        return self._children[name].pid

    def log(self, name: str) -> Path:
        """The log file of a service or of `kafka`, `postgres`, `sign-in`."""
        return self._children[name].log

    def kill(self, name: str) -> int:
        """Ends a process with -9, as a power cut would, and returns the id it had."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def await_restart(self, name: str, former_pid: int, timeout: float = 60) -> None:
        """Waits until a process that was killed is back under another id and ready."""
        deadline = time.monotonic() + timeout
        while self.pid(name) == former_pid or not self._is_ready(name):
            if self.failure is not None:
                raise self.failure
            if time.monotonic() > deadline:
                raise PlatformError(f"{name} was not back {timeout:.0f} s after it had ended.")
            time.sleep(0.05)

    def _is_ready(self, name: str) -> bool:
        if name in self._wirings:
            return self._children[name].alive and answers_ready(self._wirings[name].port)
        return self._servers_ready[name]()

    def _choose_ports(self) -> dict[str, int]:
        parts = {*USUAL_PORTS, *self._services}
        unknown = set(self._asked) - parts
        if unknown:
            raise PlatformError(
                f"There is no part named {', '.join(unknown)}; the parts are {', '.join(sorted(parts))}."
            )
        kept = self.folder.ports()
        names = [*self._services, *SERVERS]
        ports = {
            name: self._book.choose(
                name, asked=self._asked.get(name), remembered=kept.get(name), usual=USUAL_PORTS.get(name)
            )
            for name in sorted(names, key=lambda name: name not in self._asked)
        }
        self.folder.remember(ports)
        return ports

    def _start_servers(self, ports: Mapping[str, int]) -> None:
        folder = self.folder
        self._kafka = EmbeddedKafka(
            folder.path / "kafka",
            ports["kafka"],
            log=folder.log("kafka"),
            pid_file=folder.pid_file("kafka"),
            heap=self._heap,
        )
        self._postgres = EmbeddedPostgres(
            folder.path / "postgres",
            ports["postgres"],
            log=folder.log("postgres"),
            pid_file=folder.pid_file("postgres"),
        )
        self._sign_in = SignIn(folder, ports["sign-in"])
        self._children |= {"kafka": self._kafka.child, "postgres": self._postgres.child}
        self._children["sign-in"] = self._sign_in.child()
        self._servers_ready: dict[str, Callable[[], bool]] = {
            "kafka": self._kafka.ready,
            "postgres": self._postgres.ready,
            "sign-in": self._sign_in.ready,
        }
        self._furnish()
        self._wire(ports)

    def _furnish(self) -> None:
        self.narrator.say(f"Starting Kafka and PostgreSQL in {self.folder.path}")
        self._kafka.launch(self.narrator.fetched)
        self._postgres.start()
        self._children["sign-in"].start()
        self._postgres.create(self._services)
        self._migrate()
        self._kafka.child.wait_ready(self._kafka.ready, 60)
        self._apply_topics()

    def _wire(self, ports: Mapping[str, int]) -> None:
        self._wirings = {
            name: Wiring(name, ports[name], self._running(name), self.bootstrap) for name in self._services
        }
        told = self._sign_in.environment(self.urls()) | self._environment
        for name, wiring in self._wirings.items():
            self._children[name] = service(wiring, self.folder, told, self._commands.get(name))

    def _migrate(self) -> None:
        from shared.migrations import MigrationError, finish  # noqa: PLC0415 - `antar status` needs none of it

        with ThreadPoolExecutor(max_workers=4) as pool:
            for name, done in [(name, pool.submit(finish, self.dsn(name), name)) for name in self._services]:
                try:
                    done.result()
                except MigrationError as failure:
                    raise PlatformError(
                        f"The database of {name} could not be brought up to date: {failure}"
                    ) from failure

    def _apply_topics(self) -> None:
        from shared.topics import apply  # noqa: PLC0415

        try:
            made = _in_a_loop_of_its_own(apply(self.bootstrap))
        except KafkaError as failure:
            raise PlatformError(f"Kafka refused the topics: {failure}; its log is {self.log('kafka')}.") from failure
        if made:
            self.narrator.say(f"Created {len(made)} topics")

    def _start_services(self) -> None:
        if self._services:
            self.narrator.say(f"Starting {', '.join(self._services)}")
        for name in self._services:
            self._children[name].start()
        for name in ("sign-in", *self._services):
            self._children[name].wait_ready(lambda name=name: self._is_ready(name), 60)  # type: ignore[misc]
        ways = {name: child.start for name, child in self._children.items()}
        ways |= {"kafka": self._kafka.launch, "postgres": self._postgres.launch}
        parts = [Part(self._children[name], way) for name, way in ways.items()]
        self._supervision = Supervision(parts, self.narrator.say)
        self._supervision.start()


def _in_a_loop_of_its_own(work: Coroutine[Any, Any, list[str]]) -> list[str]:
    """Runs a coroutine also when the caller is inside an event loop already, as an async test is."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()
