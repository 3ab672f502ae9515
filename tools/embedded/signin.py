"""Sign-in on this machine: the provider as one more process, what services are told of it, and tokens for machines."""

import http.client
import json
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from urllib.parse import urlencode

from tools.embedded.child import Child
from tools.embedded.folder import DataFolder
from tools.embedded.ports import HOST
from tools.embedded.service import SOURCES
from tools.embedded.tokens import CITY, Token
from tools.errors import PlatformError

NAME = "sign-in"
_PATIENCE = 10.0

PREFIXES = {"/loket": "intake", "/cetak": "printing", "/antar": "dispatch", "/kabar": "notify", "/lacak": "notify"}
"""Whose pages begin with which path. Here each service has an address of its own, behind a proxy all have the same."""


class SignIn:
    """The provider on a port; its secrets are the data folder's."""

    def __init__(self, folder: DataFolder, port: int) -> None:
        self._folder = folder
        self._port = port

    @property
    def issuer(self) -> str:
        """The address by which services know it."""
        return f"http://{HOST}:{self._port}"

    def child(self) -> Child:
        """Its process, not started."""
        return Child(
            name=NAME,
            command=(sys.executable, "-m", "tools.embedded.provider", str(self._port)),
            log=self._folder.log(NAME),
            environment={**os.environ, "ANTAR_MACHINE_SECRET": self._folder.secret(NAME)},
            folder=SOURCES,
            pid_file=self._folder.pid_file(NAME),
        )

    def environment(self, urls: dict[str, str]) -> dict[str, str]:
        """What each service is told; `urls` are the services' addresses by name."""
        addresses = {prefix: urls[name] for prefix, name in PREFIXES.items() if name in urls}
        return {
            "ANTAR_SESSION_KEY": self._folder.secret("session"),
            "ANTAR_OIDC_ISSUER": self.issuer,
            "ANTAR_OIDC_CLIENT_SECRET": self._folder.secret("client"),  # the mock wants one, and takes any
            "ANTAR_DEVELOPMENT_SIGN_IN": "true",
            "ANTAR_ADDRESSES": json.dumps(addresses),
        }

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            return self._ask("GET", "/health")[0] == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False

    def token(self, roles: Sequence[str], areas: Sequence[str] = (CITY,), badge: str | None = None) -> Token:
        """A token with these roles in these areas.

        Raises:
            SignInAwayError: the provider does not answer.
            PlatformError: it knows another secret.
        """
        wanted = [("grant_type", "client_credentials"), ("client_secret", self._folder.secret(NAME))]
        wanted += [("role", role) for role in roles] + [("area", area) for area in areas]
        wanted += [("badge", badge)] if badge else []
        try:
            status, body = self._ask("POST", "/oauth2/token", urlencode(wanted))
        except (OSError, http.client.HTTPException) as failure:
            raise PlatformError(
                f"Sign-in does not answer on {self.issuer}: start Antar with `antar start`."
            ) from failure
        if status != http.HTTPStatus.OK:
            raise PlatformError(f"Sign-in on {self.issuer} is not of this data folder: name its folder with --data.")
        said = json.loads(body)
        return Token(said["access_token"], float(said["expires_in"]))

    def _ask(self, method: str, path: str, form: str | None = None) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection(HOST, self._port, timeout=_PATIENCE)) as connection:
            connection.request(method, path, form, {"Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            return answer.status, answer.read()


def of_folder(folder: DataFolder) -> SignIn:
    """The sign-in of the platform that was started on this folder.

    Raises:
        PlatformError: none was.
    """
    port = folder.ports().get(NAME)
    if port is None:
        raise PlatformError(
            f"Nothing was started on {folder.path}: start it with `antar start`, or name it with --data."
        )
    return SignIn(folder, port)
