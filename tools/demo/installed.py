"""An installation that runs already, as a demonstration comes to it: by its one door, and with an operator's rights."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from shared.packages import known
from shared.rights import RUNNING
from tools.deploy.env_file import EnvFile
from tools.deploy.secret_files import FOLDER, IN_CONTAINERS
from tools.embedded.errors import PlatformError
from tools.embedded.signin import TokenSource


class Ways(NamedTuple):
    """How this machine reaches the installation's servers: HOST:PORT of each, where not by their own names."""

    kafka: str | None = None
    postgres: str | None = None


class Installation:
    """The installation whose docker-compose.yml is in `root`; it is neither started nor stopped."""

    def __init__(self, root: Path, ways: Ways, sign_in: Callable[[str], TokenSource]) -> None:
        """`sign_in` makes the source of tokens from the installation's address."""
        self._secrets = root / FOLDER
        self._ways = ways
        domain = EnvFile(root).read().get("ANTAR_DOMAIN")
        if not domain:
            raise PlatformError(f"There is no installation in {root}: ANTAR_DOMAIN is not in its .env.")
        self._address = f"https://{domain}"
        self.sign_in = sign_in(self._address)

    @property
    def failure(self) -> PlatformError | None:
        """It is not ours to say."""
        return None

    def start(self) -> None:
        """It runs already."""

    def stop(self) -> None:
        """It goes on."""

    @property
    def bootstrap(self) -> str:
        """Kafka's address for the operator."""
        address = self._secret("operator_kafka").replace(IN_CONTAINERS, str(self._secrets))
        return _by(address, self._ways.kafka)

    def urls(self) -> dict[str, str]:
        """The address of each service's interface for machines, behind the proxy."""
        return {name: f"{self._address}/api/{name}" for name in known("services")}

    def tracking(self) -> str:
        """What stands before /lacak/CODE."""
        return self._address

    def dsn(self, name: str) -> str:
        """The address of a service's database, as the service itself comes to it."""
        return _by(self._secret(f"{name}{RUNNING}_database_url"), self._ways.postgres)

    def _secret(self, name: str) -> str:
        try:
            return (self._secrets / name).read_text().strip()
        except OSError as error:
            raise PlatformError(f"{self._secrets / name} cannot be read: {error.strerror}.") from error


def _by(address: str, way: str | None) -> str:
    parts = urlsplit(address)
    who = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{who}@{way}").geturl() if way else address
