"""A whole installation in a folder of its own, made as README says; taken away with everything in it."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.people.person import Role
from tests.compose.outside import Installation, Ways
from tools.deploy import doctor

ROOT: Final = Path(__file__).parents[2]
PARTS: Final = ("Dockerfile", ".dockerignore", "pyproject.toml", "docker-compose.yml", "docker-compose.agencies.yml", "deploy",
                "shared", "services", "tools")  # fmt: skip
PUBLISHED: Final = Path(__file__).with_name("published.yml")
SERVICES: Final = ("intake", "printing", "dispatch", "notify")
RUNNING: Final = (*SERVICES, "kafka", "postgres", "sign-in", "proxy")
WAYS: Final = Ways(kafka="localhost:9095", postgres="127.0.0.1:25432")
UP_SECONDS: Final = 600
IMAGES: Final = ("python:3.13-slim", "postgres:17", "apache/kafka:4.3.1", "caddy:2")
PORTS: Final = (80, 443, 9095, 25432)
SIGN_IN: Final = "keycloak/keycloak:26.3"


class ComposeError(Exception):
    """A command of docker did not do its work; the text is what it said."""


class Need(NamedTuple):
    """Of one container: memory in use and its limit in MiB, and the share of one processor (2.0: two of them)."""

    mib: float
    limit: float
    processors: float


class Compose:
    """The installation in `folder`, under a project name of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = f"antar-test-{secrets.token_hex(3)}"
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(ROOT / part, folder / part)
        shutil.copy2(PUBLISHED, folder)

    def settings(self, **values: str) -> None:
        """What the operator writes into `.env`."""
        with (self.folder / ".env").open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())

    def initialise(self) -> None:
        """`antar init`, by the image."""
        self.docker("build", "--quiet", "--tag", self.image, str(self.folder))
        self._init("--domain", "localhost")

    def _init(self, *words: str, given: str | None = None) -> str:
        who = f"{os.getuid()}:{os.getgid()}"
        mount = f"{self.folder}:/installation"
        return self.docker("run", "--rm", "--interactive", "--user", who, "--volume", mount, self.image, "init", *words,
                           given=given)  # fmt: skip

    @property
    def image(self) -> str:
        """Our image, under a tag of this installation alone."""
        return f"antar:{self.project}"

    def docker(self, *words: str, timeout: float = UP_SECONDS, given: str | None = None) -> str:
        """What a command of docker prints, which finds what is `given` on its standard input.

        Raises:
            ComposeError: it fails.
        """
        done = subprocess.run(
            ["docker", *words], cwd=self.folder, capture_output=True, text=True, timeout=timeout, check=False,
            input=given or "",
        )  # fmt: skip
        if done.returncode:
            raise ComposeError(f"docker {' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def compose(self, *words: str, timeout: float = UP_SECONDS, given: str | None = None) -> str:
        """What a command of docker compose prints; raises as `docker` does."""
        return self.docker("compose", *words, timeout=timeout, given=given)

    def operator(self, *words: str) -> str:
        """What a command of the operator prints: `docker compose run --rm operator …`."""
        return self.compose("run", "--rm", "--no-TTY", "operator", *words)

    def backup(self) -> Path:
        """The file of a new backup: `docker compose run --rm backup`."""
        told = self.compose("run", "--rm", "--no-TTY", "backup")
        return self.folder / "backups" / told.partition(":")[0]

    def restore(self, backup: Path, identity: str) -> str:
        """`docker compose run --rm restore …`; what it says."""
        return self.compose("run", "--rm", "--no-TTY", "restore", backup.name, given=identity)

    def wipe(self) -> None:
        """Everything that it has in containers and volumes is gone; the folder stays."""
        self.compose("down", "--volumes", "--timeout", "20")

    def begin_anew_from(self, backup: Path, identity: str) -> None:
        """Secrets and settings are lost, too, and come back from the backup as on a new server."""
        shutil.rmtree(self.folder / "secrets")
        (self.folder / ".env").unlink()
        self._init("--from", f"backups/{backup.name}", given=identity)

    def up(self, *services: str) -> float:
        """Starts what is named, or everything, and waits until it is healthy; the seconds it took."""
        began = time.perf_counter()
        try:
            self.compose("up", "--detach", "--wait", *services)
        except ComposeError as error:
            raise ComposeError(f"{error}\n{self.compose('ps', '--all')}\n{self.said()[-6000:]}") from None
        return time.perf_counter() - began

    def said(self, *services: str) -> str:
        """The logs."""
        return self.compose("logs", "--no-color", *services)

    def containers(self) -> dict[str, str]:
        """Ids of all containers by service; of several of one service one."""
        ids = self.replicas()
        return {_service(one): one["Id"] for one in self.inspected(ids)}

    def inspected(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """What the engine tells of containers."""
        found: list[dict[str, Any]] = json.loads(self.docker("inspect", *ids))
        return found

    def kill(self, service: str) -> None:
        """Ends its process with -9, as a lack of memory would: the engine itself must start it again."""
        (container,) = self.inspected([self.containers()[service]])
        pid = container["State"]["Pid"]
        if container["Id"] not in Path(f"/proc/{pid}/cgroup").read_text():
            raise ComposeError(f"The process of {service} is not on this machine.")
        os.kill(pid, signal.SIGKILL)

    def replicas(self, *services: str) -> list[str]:
        """Ids of all containers of these services; without a name: of all."""
        return self.compose("ps", "--all", "--quiet", *services).split()

    def restarts(self) -> Counter[str]:
        """How often the engine started containers of each service again."""
        return sum(
            (Counter({_service(one): one["RestartCount"]}) for one in self.inspected(self.replicas())), Counter()
        )

    def connections(self, service: str) -> list[int]:
        """How many connections each container of the service has taken so far."""
        found = self.inspected(self.replicas(service))
        return [_passive_opens(Path(f"/proc/{one['State']['Pid']}/net/snmp")) for one in found]

    def upgrade(self) -> str:
        """`deploy/upgrade`: to the version of the code in the folder; what it says.

        Raises:
            ComposeError: it fails.
        """
        done = subprocess.run(
            ["deploy/upgrade"], cwd=self.folder, capture_output=True, text=True, timeout=UP_SECONDS, check=False
        )
        if done.returncode:
            raise ComposeError(f"deploy/upgrade\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}\n{self.said()[-3000:]}")
        return done.stdout

    def await_healthy(self, timeout: float = 180) -> float:
        """Waits until everything that runs for good is healthy again; the seconds it took."""
        began = time.perf_counter()
        while time.perf_counter() - began < timeout:
            found = self.inspected(self.replicas(*RUNNING))
            if all(one["State"].get("Health", {}).get("Status") == "healthy" for one in found):
                return time.perf_counter() - began
            time.sleep(0.5)
        raise ComposeError(f"not healthy after {timeout:.0f} s:\n{self.compose('ps', '--all')}")

    def memory(self) -> dict[str, float]:
        """MiB in use by each container that runs."""
        return {name: need.mib for name, need in self.needs().items()}

    def needs(self) -> dict[str, Need]:
        """What each container that runs needs just now."""
        lines = self.compose("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}} {{.CPUPerc}}").splitlines()
        return {
            name.removeprefix(f"{self.project}-").removesuffix("-1"): Need(
                _mib(used), _mib(limit), float(share.rstrip("%")) / 100
            )
            for name, used, _, limit, share in map(str.split, lines)
            if name != "--"  # it has ended while the engine looked
        }

    def killed_for_memory(self) -> list[str]:
        """Containers whose last end was for want of memory."""
        found = self.containers()
        told = {one["Id"]: one["State"]["OOMKilled"] for one in self.inspected(found.values())}
        return [service for service, id_ in found.items() if told[id_]]

    def as_outsider(self) -> Installation:
        """The installation as a demonstration from outside comes to it: a program for each role, the proxy's authority."""
        return self.as_seen_by({role: self._machine(role) for role in Role})

    def at_rest(self) -> Installation:
        """The same while nothing runs but its servers; nobody comes to its door."""
        return Installation(self.folder, WAYS, {}, self.folder / "root.crt")

    def as_seen_by(self, machines: Mapping[str, tuple[str, str]]) -> Installation:
        """The same for programs that it knows already: client and secret by role."""
        self.docker("cp", f"{self.containers()['proxy']}:/data/caddy/pki/authorities/local/root.crt", str(self.folder))
        return Installation(self.folder, WAYS, machines, self.folder / "root.crt")

    def _machine(self, role: Role) -> tuple[str, str]:
        told = self.operator("people", "machine", f"demo-{role}", "--role", role, "--area", "32.75")
        return f"demo-{role}", told.strip().rpartition(" ")[2]

    def down(self) -> None:
        """Takes away containers, networks, volumes and images."""
        self.compose("down", "--volumes", "--remove-orphans", "--rmi", "local", "--timeout", "5")


def _mib(text: str) -> float:
    for unit, factor in (("GiB", 1024.0), ("MiB", 1.0), ("KiB", 1 / 1024), ("B", 1 / 1024**2)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    raise ValueError(text)


def _service(inspected: Mapping[str, Any]) -> str:
    return str(inspected["Config"]["Labels"]["com.docker.compose.service"])


def _passive_opens(file: Path) -> int:
    names, values = (line.split() for line in file.read_text().splitlines() if line.startswith("Tcp:"))
    return int(values[names.index("PassiveOpens")])


def engine() -> str | None:
    """Why no installation can be tried here; None when it can."""
    if shutil.which("docker") is None:
        return "no docker on this machine"
    for command in (["docker", "version"], ["docker", "compose", "version"]):
        if not _works(command):
            return f"'{' '.join(command)}' does not answer"
    if taken := [str(number) for number in PORTS if doctor.port(number, ours=False).is_ == "bad"]:
        return f"port {', '.join(taken)} is taken"
    missing = [image for image in IMAGES if not (_works(["docker", "image", "inspect", image]) or _pulled(image))]
    if sign_in_image() is None and not _pulled(SIGN_IN):
        missing.append(SIGN_IN)
    return f"no image {', '.join(missing)} can be had" if missing else None


def sign_in_image() -> str | None:
    """The name under which this engine has Keycloak's image, perhaps from another place than the usual; None if not."""
    listed = subprocess.run(
        ["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], capture_output=True, text=True, check=True
    ).stdout.split()
    return next((name for name in listed if name == SIGN_IN or name.endswith(f"/{SIGN_IN}")), None)


def _works(command: list[str], timeout: float = 30) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=timeout, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _pulled(image: str) -> bool:
    return _works(["docker", "pull", "--quiet", image], timeout=300)
