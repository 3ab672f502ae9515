"""Seals what a browser keeps for us: it can neither be read nor changed there, and it ends by itself."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey

_HEADER: Final = {"alg": "dir", "enc": "A256GCM"}


class Seal:
    """`key` is 32 bytes, the same for all services of a city; `clock` gives seconds of Unix time."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._key = OctKey.import_key(key)
        self._registry = JWERegistry(algorithms=["dir", "A256GCM"])

    def close(self, purpose: str, content: Mapping[str, Any], seconds: float) -> str:
        """The content, sealed for that long; opens for the same purpose only."""
        claims = {"for": purpose, "exp": int(self.clock() + seconds), "it": dict(content)}
        return jwt.encode(dict(_HEADER), claims, self._key, registry=self._registry)

    def open(self, purpose: str, text: str | None, *, late: float = 0) -> dict[str, Any] | None:
        """What was sealed; None when it is not ours, was touched, or has ended more than `late` seconds ago."""
        try:
            claims = jwt.decode(text or "", self._key, registry=self._registry).claims
        except (JoseError, ValueError, TypeError, AttributeError):
            return None
        if claims.get("for") != purpose or claims.get("exp", 0) + late < self.clock():
            return None
        content: dict[str, Any] = claims["it"]
        return content
