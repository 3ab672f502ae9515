"""A real broker with the settings of an installation: its doors, its certificates, nothing allowed without a rule."""

from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from tools.deploy.certificates import Issued, authority, issue
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.ports import free_port

SETTINGS = Path(__file__).parents[2] / "deploy" / "kafka" / "server.properties"
HOST = "localhost"  # the certificate's name


class Ports(NamedTuple):
    """One for each door."""

    services: int
    admin: int
    agencies: int
    controller: int


class Secured:
    """The broker and the ways to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ports = Ports(*_four_ports())
        self._signer = authority()
        self.ca = self._file("kafka_ca", self._signer.certificate)
        self._broker = self._file("kafka_broker", issue(self._signer, "antar-broker", [HOST]).together)
        self.administrator = self.by_certificate(issue(self._signer, "antar-administrator"), "administrator")
        self.kafka = EmbeddedKafka(folder / "kafka", self.ports.services, settings=self._settings())

    def by_password(self, user: str, password: str, port: int | None = None) -> str:
        """The address by which a user comes who is known by a password."""
        return f"kafkas://{quote(user)}:{quote(password)}@{HOST}:{port or self.ports.services}?ca={self.ca}"

    def by_certificate(self, shown: Issued, name: str) -> str:
        """The address by which somebody comes to the administrator's door with this certificate."""
        file = self._file(f"certificate-{name}", shown.together)
        return f"kafkas://{HOST}:{self.ports.admin}?ca={self.ca}&certificate={file}"

    def issued(self, name: str) -> Issued:
        """A certificate for `name` of the authority that the broker trusts."""
        return issue(self._signer, name)

    def _file(self, name: str, content: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(content)
        return path

    def _settings(self) -> dict[str, str]:
        """Those of deploy/kafka, at our ports and with our files."""
        doors = {"SERVICES": self.ports.services, "ADMIN": self.ports.admin, "AGENCIES": self.ports.agencies}
        advertised = ",".join(f"{name}://{HOST}:{port}" for name, port in doors.items())
        return of_installation() | {
            "controller.quorum.voters": f"1@{HOST}:{self.ports.controller}",
            "listeners": f"{advertised},CONTROLLER://{HOST}:{self.ports.controller}",
            "advertised.listeners": advertised,
            "log.dirs": str(self._folder / "kafka" / "logs"),
            "ssl.keystore.location": str(self._broker),
            "ssl.truststore.location": str(self.ca),
        }


def of_installation() -> dict[str, str]:
    """What deploy/kafka/server.properties says."""
    lines = (line.strip() for line in SETTINGS.read_text().splitlines())
    return {name: value for name, _, value in (line.partition("=") for line in lines if line and line[0] != "#")}


def _four_ports() -> list[int]:
    ports: list[int] = []
    while len(ports) < 4:
        ports.append(free_port(ports))
    return ports
