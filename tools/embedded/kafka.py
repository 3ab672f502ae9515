"""The broker of the embedded platform is the real one, Apache Kafka in KRaft mode, one node on the loopback."""

import os
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from tools.embedded import jars, wheels
from tools.embedded.child import Child, end_orphans
from tools.embedded.ports import HOST, accepts, free_port
from tools.embedded.signs import full_disk
from tools.errors import PlatformError

STARTED = "Kafka Server started"

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "num.partitions": "12",
    # One node: nothing can be replicated, and few partitions make its internal topics quick to load.
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "2",
    # A group of one member need not wait for more, and a broker killed with -9 is back in 4-5 s instead of 12.
    "group.initial.rebalance.delay.ms": "0",
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "300",
    "message.max.bytes": str(8 * 1024 * 1024),
    "replica.fetch.max.bytes": str(8 * 1024 * 1024),
    # The cleaner takes 128 MiB of heap by default, half of ours.
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "log.cleaner.threads": "1",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
}


class EmbeddedKafka:
    """Apache Kafka as a child process with its data below `data`; a second start finds the data again."""

    def __init__(
        self,
        data: Path,
        port: int | None = None,
        *,
        log: Path | None = None,
        pid_file: Path | None = None,
        heap: str = "256m",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`heap` is Java's -Xmx (raise it for heavy load); `settings` are broker settings added to ours."""
        self._data = data.resolve()
        self._port = port or free_port()
        self._heap = heap
        self._settings = dict(settings or {})
        self._properties = self._data / "server.properties"
        self._pid_file = pid_file or self._data / "kafka.pid"
        self._child = Child(
            name="Kafka",
            command=(),
            log=(log or self._data / "kafka.log").resolve(),
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            folder=self._data,
            pid_file=self._pid_file,
        )

    @property
    def bootstrap(self) -> str:
        """The address for clients, `127.0.0.1:PORT`."""
        return f"{HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """The broker's process id."""
        return self._child.pid

    @property
    def child(self) -> Child:
        """The process, for whoever supervises it."""
        return self._child

    def start(self, timeout: float = 60, progress: jars.Progress | None = None) -> None:
        """Starts the broker and waits until it serves; fetches and formats first what is not there yet."""
        self.launch(progress)
        self._child.wait_ready(self.ready, timeout)

    def launch(self, progress: jars.Progress | None = None) -> None:
        """Starts the broker without waiting for it."""
        class_path = jars.fetch(progress)
        self._data.mkdir(parents=True, exist_ok=True)
        end_orphans([self._pid_file])
        self._write_properties()
        java = self._java(class_path)
        if not (self._data / "logs" / "meta.properties").exists():
            self._format(java)
        self._child.command = [*java, "kafka.Kafka", self._properties]
        self._child.start()

    def ready(self) -> bool:
        """Whether this start of the broker has said that it serves, and it does."""
        return STARTED in self._child.output() and accepts(self._port)

    def stop(self, timeout: float = 10) -> None:
        """Stops the broker cleanly; kills it if it has not stopped in `timeout` seconds."""
        self._child.stop(timeout)

    def kill(self) -> None:
        """Ends the broker at once, as a power cut would."""
        self._child.kill()

    def _java(self, class_path: list[Path]) -> list[str | Path]:
        quiet = "-Dorg.slf4j.simpleLogger."
        return [
            wheels.java(),
            f"-Xmx{self._heap}",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",  # no files of its own in the temporary folder
            "-XX:+ExitOnOutOfMemoryError",
            "--sun-misc-unsafe-memory-access=allow",  # Kafka's own way to unmap files, without four lines of warning
            f"{quiet}defaultLogLevel=warn",
            f"{quiet}showDateTime=true",
            f"{quiet}dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            f"{quiet}log.kafka.server.KafkaRaftServer=info",
            "-cp",
            os.pathsep.join(str(path) for path in class_path),
        ]

    def _write_properties(self) -> None:
        controller = free_port({self._port})
        values = SETTINGS | {
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "log.dirs": str(self._data / "logs"),
        }
        lines = [f"{name}={value}" for name, value in (values | self._settings).items()]
        self._properties.write_text("\n".join(lines) + "\n")

    def _format(self, java: list[str | Path]) -> None:
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # With "=": one id in sixty-four begins with a dash and would be taken for an option.
        command = [*java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", self._properties]
        done = subprocess.run(
            [str(part) for part in command], cwd=self._data, capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()
            if full_disk(said):
                raise PlatformError(f"The disk is full: free some space for {self._data} and start again.")
            raise PlatformError(f"Kafka could not format its data folder {self._data}:\n{said[-600:]}")
