"""The doors of the services for people who live with faults: impatient, stubborn, and used to being refused."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

import httpx2

from tools.demo.doors import Doors
from tools.embedded.signin import SignIn

_REFUSALS = tuple(range(400, 500))
_IMPATIENT = httpx2.Timeout(6.0)
"""Short, so that a request meets its own first sending, which is still at work."""


class Asking(Doors):
    """Says the same thing again, word for word, until there is an answer; counts refusals by step and status.

    A request may come too late, or while a clock is wrong; then its answer is a refusal, and that is in order.
    """

    def __init__(self, urls: Mapping[str, str], sign_in: SignIn, seed: int) -> None:
        super().__init__(urls, sign_in, seed, lambda: None)
        self.refused: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        for client in self._clients.values():
            client.timeout = _IMPATIENT
        return self

    async def ask(self, service: str, path: str, body: Mapping[str, Any], step: str) -> dict[str, Any] | None:
        """The answer to a request whose one name is `step`; None when it was refused."""
        answer = await self.post(service, path, body, step, *_REFUSALS)
        if answer.status_code in _REFUSALS:
            self.refused[f"{step.split(maxsplit=1)[0]} {answer.status_code}"] += 1
            return None
        content: dict[str, Any] = answer.json()
        return content
