"""Programs that an installation's sign-in knows, a secret for each role: tokens for whoever plays all of them."""

import ssl
from collections.abc import Mapping, Sequence
from typing import Final

import httpx2

from tools.embedded.tokens import SignInAwayError, Token
from tools.errors import PlatformError

_PATIENCE: Final = 30.0


class Programs:
    """Tokens of programs that are known to an installation's sign-in."""

    def __init__(self, realm: str, secrets: Mapping[str, tuple[str, str]], trust: ssl.SSLContext | bool) -> None:
        """`realm` is its address, `secrets` are client and secret by role; `trust` believes the installation's door."""
        self._endpoint = f"{realm}/protocol/openid-connect/token"
        self._secrets = secrets
        self._trust = trust

    def token(
        self,
        roles: Sequence[str],
        areas: Sequence[str] = (),  # noqa: ARG002 - those that the program was made with
        badge: str | None = None,  # noqa: ARG002 - the same
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
