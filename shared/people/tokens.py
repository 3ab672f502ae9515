"""Bearer tokens of machines: signed by the provider, for us, in time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.people.person import Person, person_of

log = structlog.get_logger()

ALGORITHMS: Final = ["RS256", "PS256", "ES256"]
LEEWAY_SECONDS: Final = 30
_FRESH_SECONDS: Final = 600.0
_AGAIN_SECONDS: Final = 5.0

Fetch = Callable[[], Awaitable[Mapping[str, Any]]]
"""Gets the provider's present keys as a JSON Web Key Set."""


class TokenRefusedError(Exception):
    """The token opens nothing here. The text says why, without anything of the token."""


class Keys:
    """The provider's public keys, kept for a while. A key that we do not know yet is looked for once more."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched = -_FRESH_SECONDS
        self._fetching = asyncio.Lock()

    async def with_id(self, key_id: str | None) -> KeySet:
        """Keys among which that one is, if the provider has it.

        Raises:
            OSError: there are none yet and the provider does not answer.
        """
        known = self._keys is not None and any(key.kid == key_id for key in self._keys.keys)
        age = self._clock() - self._fetched
        if age > _FRESH_SECONDS or (not known and age > _AGAIN_SECONDS):
            async with self._fetching:
                if self._clock() - self._fetched >= min(age, _AGAIN_SECONDS):
                    await self._renew()
        assert self._keys is not None
        return self._keys

    async def _renew(self) -> None:
        try:
            self._keys = KeySet.import_key_set(dict(await self._fetch()))  # type: ignore[arg-type]
        except (OSError, ValueError, JoseError) as error:
            if self._keys is None:
                raise OSError("the provider's keys cannot be had") from error
            log.warning("provider_keys_kept", error=type(error).__name__)
        self._fetched = self._clock()


class Tokens:
    """Reads tokens of one provider; `audience` is what a token for us must name."""

    def __init__(self, issuer: str, audience: str, keys: Keys) -> None:
        self._keys = keys
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def claims(self, token: str) -> dict[str, Any]:
        """What a sound token says.

        Raises:
            TokenRefusedError: it is not sound.
            OSError: the provider does not answer and its keys are not known yet.
        """
        try:
            key_id = jws.extract_compact(token.encode()).headers().get("kid")
        except (JoseError, ValueError):
            raise TokenRefusedError("not a token") from None
        keys = await self._keys.with_id(key_id if isinstance(key_id, str) else None)
        try:
            read = jwt.decode(token, keys, algorithms=ALGORITHMS)
            self._claims.validate(read.claims)
        except (JoseError, ValueError) as error:
            raise TokenRefusedError(type(error).__name__) from None
        return dict(read.claims)

    async def person(self, token: str) -> Person:
        """Whose token it is; raises as `claims` does."""
        return person_of(await self.claims(token))
