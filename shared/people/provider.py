"""The OpenID Connect provider: where people sign in, by authorization code with PKCE."""

import secrets
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx2
import structlog
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from shared.people.tokens import Fetch, Keys, TokenRefusedError, Tokens

log = structlog.get_logger()

SCOPE: Final = "openid profile"
_PATIENCE: Final = 10.0
_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Unreachable(OSError):
    """The provider does not answer, or not as one does."""


class Attempt(NamedTuple):
    """A sign-in under way: what must come back, and what only we know."""

    state: str
    nonce: str
    verifier: str


class Arrival(NamedTuple):
    """Somebody has signed in: their claims, and the ID token that holds them."""

    claims: dict[str, Any]
    id_token: str


class Provider:
    """One provider, found by its issuer's address. Keeps what it says of itself."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        *,
        discovery: str | None = None,
        fetch_keys: Fetch | None = None,
    ) -> None:
        """`issuer` exactly as the provider writes it in its tokens; `discovery` is the address at which we find it, if
        another one; `fetch_keys` instead of asking the provider."""
        self.issuer = issuer
        self._found_at = discovery or issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._about: Mapping[str, Any] | None = None
        self.keys = Keys(fetch_keys or self._fetch_keys)
        self._id_tokens = Tokens(self.issuer, client_id, self.keys)

    @property
    def origin(self) -> str:
        """Scheme and host of its pages."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    async def begin(self, redirect_uri: str) -> tuple[str, Attempt]:
        """Where to send the browser, and what to remember.

        Raises:
            Unreachable: try again later.
        """
        attempt = Attempt(*(secrets.token_urlsafe(32) for _ in Attempt._fields))
        endpoint = (await self.about())["authorization_endpoint"]
        async with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                endpoint, state=attempt.state, nonce=attempt.nonce, code_verifier=attempt.verifier
            )
        return url, attempt

    async def finish(self, redirect_uri: str, code: str, attempt: Attempt) -> Arrival:
        """Whoever has signed in.

        Raises:
            TokenRefusedError: the code or what came for it is not sound.
            Unreachable: try again later.
        """
        endpoint = (await self.about())["token_endpoint"]
        try:
            async with self._client(redirect_uri) as client:
                answer = await client.fetch_token(endpoint, code=code, code_verifier=attempt.verifier)
        except OAuthError as error:
            raise TokenRefusedError("code refused") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise Unreachable from error
        id_token = str(answer.get("id_token", ""))
        claims = await self._id_tokens.claims(id_token)
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), attempt.nonce.encode()):
            raise TokenRefusedError("nonce")
        return Arrival(claims, id_token)

    async def farewell(self, back_to: str, id_token: str | None) -> str | None:
        """Where a browser ends its session at the provider as well, and is sent `back_to` us; None if nowhere.

        Without the ID token of their sign-in the provider asks people whether they mean it.

        Raises:
            Unreachable: try again later.
        """
        endpoint = (await self.about()).get("end_session_endpoint")
        if not isinstance(endpoint, str):
            return None
        said = {"client_id": self._client_id, "post_logout_redirect_uri": back_to}
        said |= {"id_token_hint": id_token} if id_token else {}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(said)}"

    async def about(self) -> Mapping[str, Any]:
        """The provider's own description.

        Raises:
            Unreachable: try again later.
        """
        if self._about is None:
            found = await self._get(f"{self._found_at.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer or not all(isinstance(found.get(name), str) for name in _NEEDED):
                log.error("provider_calls_itself_otherwise", issuer=self.issuer)
                raise Unreachable("the provider calls itself otherwise")
            self._about = found
        return self._about

    async def _fetch_keys(self) -> Mapping[str, Any]:
        return await self._get((await self.about())["jwks_uri"])

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            async with httpx2.AsyncClient(timeout=_PATIENCE, trust_env=False) as client:
                answer = (await client.get(url)).raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise Unreachable from error
        return answer if isinstance(answer, dict) else {}

    def _client(self, redirect_uri: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._client_id,
            self._client_secret,
            redirect_uri=redirect_uri,
            scope=SCOPE,
            code_challenge_method="S256",
            timeout=_PATIENCE,
            trust_env=False,
        )
