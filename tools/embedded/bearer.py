"""A client's token: got when it is first needed, and anew before it ends or when it is refused."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence

import httpx2

from tools.embedded.signin import CITY, SignIn, Token

_EARLY_SECONDS = 300.0


class Bearer(httpx2.Auth):
    """Signs requests as a machine with these roles in the whole city."""

    def __init__(self, sign_in: SignIn, roles: Sequence[str], areas: Sequence[str] = (CITY,)) -> None:
        self._sign_in = sign_in
        self._roles = roles
        self._areas = areas
        self._token: Token | None = None
        self._ends = 0.0
        self._asking = asyncio.Lock()

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Called by the client for each request."""
        used = await self._present()
        request.headers["Authorization"] = f"Bearer {used.text}"
        answer = yield request
        if answer.status_code == 401 and self._token is used:
            self._token = None  # the provider may have been started anew, with other keys

    async def _present(self) -> Token:
        async with self._asking:
            if self._token is None or time.monotonic() > self._ends:
                self._token = await asyncio.to_thread(self._sign_in.token, self._roles, self._areas)
                self._ends = time.monotonic() + self._token.seconds - _EARLY_SECONDS
            return self._token
