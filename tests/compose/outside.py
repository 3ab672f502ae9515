"""An installation that runs already, as a demonstration comes to it: by its one door, and with an operator's rights."""

import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx2

from shared.packages import known
from shared.rights import RUNNING
from shared.secret_files import SECRETS
from tools.access.rules import OPERATOR
from tools.deploy.env_file import EnvFile
from tools.deploy.secret_files import FOLDER
from tools.embedded.errors import PlatformError
from tools.embedded.signin import SignInAwayError, Token

_PATIENCE: Final = 30.0


class Ways(NamedTuple):
    """How this machine reaches the installation's servers: HOST:PORT of each, where not by their own names."""

    kafka: str | None = None
    postgres: str | None = None


class Machines:
    """Tokens of programs that are known to an installation's sign-in: a secret for each role."""

    def __init__(self, issuer: str, secrets: Mapping[str, tuple[str, str]], trust: ssl.SSLContext) -> None:
        """`secrets` are client and secret by role; `trust` believes the installation's door."""
        self._endpoint = f"{issuer}/protocol/openid-connect/token"
        self._secrets = secrets
        self._trust = trust

    def token(
        self,
        roles: Sequence[str],
        areas: Sequence[str] = (),
        badge: str | None = None,
    ) -> Token:
        """A token of the program with this one role.

        Raises:
            SignInAwayError: the sign-in does not answer.
            PlatformError: it does not take the secret.
        """
        (role,) = roles
        client, secret = self._secrets[role]
        asked = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        try:
            answer = httpx2.post(self._endpoint, data=asked, verify=self._trust, timeout=_PATIENCE)
        except httpx2.HTTPError as error:
            raise SignInAwayError("The sign-in does not answer.") from error
        if answer.status_code >= 500:
            raise SignInAwayError(f"The sign-in answers {answer.status_code}.")
        if not answer.is_success:
            raise PlatformError(f"The sign-in does not take the secret of {client}: {answer.status_code}.")
        said = answer.json()
        return Token(said["access_token"], float(said["expires_in"]))


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
        self.sign_in = Machines(f"{self._address}/sign-in/realms/antar", machines, self.trust)

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
