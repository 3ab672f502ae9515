"""The doors of the four services as any user has them: HTTP and CSV. Each step is safe to send again, and is."""

import asyncio
import csv
import ssl
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2
import stamina

from tools.demo.hands import whose
from tools.embedded.bearer import Bearer
from tools.embedded.tokens import SignInAwayError, TokenSource

T = TypeVar("T")

PATIENCE = 120.0
"""Seconds to go on asking a service that does not answer: one that died is started again within a few."""

_CHUNK = 1 << 18
_PAGE = 1000
_TIMEOUT = httpx2.Timeout(60.0, read=900.0)


class DemoError(Exception):
    """The demonstration cannot go on; the message is one sentence for the operator."""


class Unavailable(Exception):
    """The service answered with 5xx, or does not know our token yet: it is worth asking again."""


WORTH_ASKING_AGAIN = (httpx2.TransportError, Unavailable, SignInAwayError)
"""All of them pass: whatever died is started again."""


class Doors:
    """Clients of the services by name. `alive` raises when the platform has given up, so that nobody waits for it."""

    def __init__(
        self,
        urls: Mapping[str, str],
        sign_in: TokenSource,
        seed: int,
        alive: Callable[[], None],
        trust: ssl.SSLContext | bool = True,
    ) -> None:
        self.urls = urls
        self._auth = Bearer(sign_in, whose)
        self._names = uuid.uuid5(uuid.NAMESPACE_OID, f"antar-demo-{seed}")
        self._alive = alive
        self._trust = trust
        self._clients: dict[str, httpx2.AsyncClient] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        limits = httpx2.Limits(max_connections=16)
        for name, url in self.urls.items():
            client = httpx2.AsyncClient(
                base_url=url, timeout=_TIMEOUT, limits=limits, trust_env=False, auth=self._auth, verify=self._trust
            )
            self._clients[name] = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def name(self, step: str) -> uuid.UUID:
        """The one id of a step: the same step of the same demonstration has it in every run."""
        return uuid.uuid5(self._names, step)

    async def post(self, service: str, path: str, body: Mapping[str, Any], step: str, *also: int) -> httpx2.Response:
        """Do something once, however often it has to be sent; refusals in `also` are answers too."""
        headers = {"Idempotency-Key": str(self.name(step))}
        return await self._ask(service, lambda c: c.post(path, json=body, headers=headers), step, also)

    async def send_file(self, service: str, path: str, file: Path, *, method: str = "POST") -> Any:
        """Stream a CSV file; the service knows what it has taken already."""
        headers = {"Content-Type": "text/csv; charset=utf-8"}
        answer = await self._ask(
            service,
            lambda c: c.request(method, path, content=_chunks(file), headers=headers),
            f"{path} {file.name}",
            (),
        )
        return answer.json()

    async def get(self, service: str, path: str, **params: Any) -> Any:
        """Look at something."""
        return (await self._ask(service, lambda c: c.get(path, params=params), path, ())).json()

    async def table(self, service: str, path: str) -> list[dict[str, str]]:
        """The lines of a CSV report."""
        answer = await self._ask(service, lambda c: c.get(path), path, ())
        return list(csv.DictReader(answer.text.splitlines()))

    async def pages(self, service: str, path: str, **params: Any) -> AsyncIterator[dict[str, Any]]:
        """All items of a list in the order of their application ids, page by page."""
        page: list[dict[str, Any]] = [{}]
        while page:
            after = page[-1].get("application_id")
            page = await self.get(service, path, **params, limit=_PAGE, **({"after": after} if after else {}))
            for item in page:
                yield item

    async def _ask(
        self,
        service: str,
        send: Callable[[httpx2.AsyncClient], Awaitable[httpx2.Response]],
        step: str,
        also: Iterable[int],
    ) -> httpx2.Response:
        retries = stamina.retry_context(
            on=WORTH_ASKING_AGAIN, attempts=None, timeout=PATIENCE, wait_initial=0.1, wait_max=1.0
        )
        try:
            async for attempt in retries:
                with attempt:
                    self._alive()
                    return _judged(await send(self._clients[service]), service, step, also)
        except WORTH_ASKING_AGAIN as failure:
            raise DemoError(
                f"{service} did not answer the step '{step}' for {PATIENCE:.0f} s ({failure!r})."
            ) from failure
        raise AssertionError("retry_context ends by returning or raising")


def _judged(answer: httpx2.Response, service: str, step: str, also: Iterable[int]) -> httpx2.Response:
    if answer.status_code >= 500 or answer.status_code == 401:
        raise Unavailable(answer.status_code)
    if answer.status_code >= 400 and answer.status_code not in also:
        raise DemoError(f"{service} refused the step '{step}': {answer.status_code} {answer.text[:500]}")
    return answer


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            yield chunk


async def each(work: Callable[[T], Awaitable[object]], items: Iterable[T], at_once: int = 8) -> None:
    """Run `work` on all items, so many at once."""
    left = iter(items)

    async def hand() -> None:
        for item in left:
            await work(item)

    async with asyncio.TaskGroup() as hands:
        for _ in range(at_once):
            hands.create_task(hand())
