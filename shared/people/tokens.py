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
"""Signatures by a key that the provider alone has; none, and none by a secret that two share."""
LEEWAY_SECONDS: Final = 30
LONGEST: Final = 16_384
"""Characters of a token; a longer one is not worth the work of reading it."""
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
        self._asked = -_FRESH_SECONDS
        self._asking = asyncio.Lock()

    async def with_id(self, key_id: str | None) -> KeySet:
        """Keys among which that one is, if the provider has it.

        Raises:
            OSError: there are none yet and the provider does not answer.
        """
        known = self._knows(key_id)
        # Whose key is known need not wait for an answer that somebody else has asked for.
        if not known or (self._due(known) and not self._asking.locked()):
            async with self._asking:
                if self._due(self._knows(key_id)):
                    await self._ask()
        if self._keys is None:
            raise OSError("the provider's keys are not known yet")
        return self._keys

    def _knows(self, key_id: str | None) -> bool:
        return self._keys is not None and any(key.kid == key_id for key in self._keys.keys)

    def _due(self, known: bool) -> bool:
        return self._clock() - self._asked >= (_FRESH_SECONDS if known else _AGAIN_SECONDS)

    async def _ask(self) -> None:
        try:
            self._keys = KeySet.import_key_set(dict(await self._fetch()))  # type: ignore[arg-type]
        except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
            log.warning("provider_keys_not_had", error=type(error).__name__, kept=self._keys is not None)
        self._asked = self._clock()


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
        if len(token) > LONGEST:
            raise TokenRefusedError("too long")
        try:
            key_id = jws.extract_compact(token.encode()).headers().get("kid")
        except (JoseError, ValueError, TypeError, AttributeError):
            raise TokenRefusedError("not a token") from None
        keys = await self._keys.with_id(key_id if isinstance(key_id, str) else None)
        try:
            read = jwt.decode(token, keys, algorithms=ALGORITHMS)
            self._claims.validate(read.claims)
        except (JoseError, ValueError, TypeError, AttributeError) as error:
            raise TokenRefusedError(type(error).__name__) from None
        return dict(read.claims)

    async def person(self, token: str) -> Person:
        """Whose token it is; raises as `claims` does."""
        claims = await self.claims(token)
        try:
            return person_of(claims)
        except ValueError:
            raise TokenRefusedError("nobody") from None
