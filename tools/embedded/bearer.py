"""A client's tokens: each got when it is first needed, and anew before it ends or when it is refused."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import NamedTuple

import httpx2

from tools.embedded.tokens import CITY, TokenSource

_EARLY_SECONDS = 300.0


class _Kept(NamedTuple):
    text: str
    until: float


class Bearer(httpx2.Auth):
    """Signs each request as a machine in the role that `whose` gives it, in these areas."""

    def __init__(
        self, sign_in: TokenSource, whose: Callable[[httpx2.Request], str], areas: Sequence[str] = (CITY,)
    ) -> None:
        self._sign_in = sign_in
        self._whose = whose
        self._areas = areas
        self._kept: dict[str, _Kept] = {}
        self._asking = asyncio.Lock()

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Called by the client for each request."""
        role = self._whose(request)
        used = await self._token(role)
        request.headers["Authorization"] = f"Bearer {used.text}"
        answer = yield request
        if answer.status_code == 401 and self._kept.get(role) is used:
            del self._kept[role]  # the provider may have been started anew, with other keys

    async def _token(self, role: str) -> _Kept:
        async with self._asking:
            if role not in self._kept or time.monotonic() > self._kept[role].until:
                got = await asyncio.to_thread(self._sign_in.token, [role], self._areas)
                used = max(got.seconds - _EARLY_SECONDS, got.seconds / 2)  # one that lasts minutes is used for some
                self._kept[role] = _Kept(got.text, time.monotonic() + used)
            return self._kept[role]
