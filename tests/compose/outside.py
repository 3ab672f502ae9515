"""An installation that runs already, as a demonstration comes to it: by its one door, and with an operator's rights."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from shared.packages import known
from shared.rights import RUNNING
from shared.secret_files import SECRETS
from tools.access.rules import OPERATOR
from tools.deploy.env_file import EnvFile
from tools.deploy.secret_files import FOLDER
from tools.errors import PlatformError
from tools.people.programs import Programs


class Ways(NamedTuple):
    """How this machine reaches the installation's servers: HOST:PORT of each, where not by their own names."""

    kafka: str | None = None
    postgres: str | None = None


class Installation:
    """The installation whose docker-compose.yml is in `root`; it is neither started nor stopped."""

    def __init__(self, root: Path, ways: Ways, machines: Mapping[str, tuple[str, str]], authority: Path) -> None:
        """`machines` are client and secret by role; `authority` is a file: the certificate that signed the door's."""
        self._secrets = root / FOLDER
        self._ways = ways
        self.machines = machines
        settings = EnvFile(root).read()
        if not settings.get("ANTAR_DOMAIN"):
            raise PlatformError(f"There is no installation in {root}: ANTAR_DOMAIN is not in its .env.")
        self._address = f"https://{settings['ANTAR_DOMAIN']}"
        self.trust = ssl.create_default_context(cafile=str(authority))
        self.sign_in = Programs(f"{self._address}/sign-in/realms/antar", machines, self.trust)

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
        address = self._secret(f"{OPERATOR}_kafka").replace(str(SECRETS), str(self._secrets))
        return by_way(address, self._ways.kafka)

    def urls(self) -> dict[str, str]:
        """The address of each service's interface for machines, behind the proxy."""
        return {name: f"{self._address}/api/{name}" for name in known("services")}

    def tracking(self) -> str:
        """What stands before /lacak/CODE."""
        return self._address

    def dsn(self, name: str) -> str:
        """The address of a service's database, as the service itself comes to it."""
        return by_way(self._secret(f"{name}{RUNNING}_database_url"), self._ways.postgres)

    def _secret(self, name: str) -> str:
        try:
            return (self._secrets / name).read_text().strip()
        except OSError as error:
            raise PlatformError(f"{self._secrets / name} cannot be read: {error.strerror}.") from error


def by_way(address: str, way: str | None) -> str:
    """The address with HOST:PORT replaced by `way`, if there is one."""
    parts = urlsplit(address)
    who = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{who}@{way}").geturl() if way else address
