"""People who go on working while an installation is changed under them: what each of them waited, and what failed."""

import asyncio
import time
from collections import Counter, defaultdict
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import httpx2

from tests.compose.outside import Installation
from tests.service.intake_cases import FORM
from tests.tools.conftest import until
from tools.demo.hands import whose
from tools.embedded.bearer import Bearer

REST: Final = 0.05
"""Seconds between an answer and the next question."""
PATIENCE: Final = 60.0


class Load:
    """Somebody registers one application after another; somebody looks at each service all the time.

    Who registers sends again what was not answered, under the same key. Who looks does not: `failed` must stay empty.
    """

    def __init__(self, outside: Installation, first_person: int = 5000) -> None:
        """`first_person` has the first NIK: whoever has been registered already says nothing new."""
        self._urls = outside.urls()
        self._first_person = first_person
        limits = httpx2.Limits(max_connections=16)
        self._http = httpx2.AsyncClient(
            verify=outside.trust, auth=Bearer(outside.sign_in, whose), limits=limits, timeout=PATIENCE, trust_env=False
        )
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.registered: list[UUID] = []
        self.failed: Counter[str] = Counter()
        self.sent_again: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.longest: defaultdict[str, float] = defaultdict(float)

    async def __aenter__(self) -> Self:
        file = "kelurahan,rw\nBekasi Jaya,11\n"
        answer = await self._http.put(f"{self._urls['intake']}/rw", content=file, headers={"Content-Type": "text/csv"})
        answer.raise_for_status()
        looking = [self._look(name, url) for name, url in self._urls.items()]
        self._tasks = [asyncio.create_task(work) for work in (self._register(), *looking)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        await asyncio.gather(*self._tasks)
        await self._http.aclose()

    async def until_more(self, number: int) -> None:
        """Waits until so many more have been registered."""
        aim = len(self.registered) + number

        async def there() -> bool:
            for task in self._tasks:
                if task.done():
                    task.result()
            return len(self.registered) >= aim

        await until(there, PATIENCE)

    async def _look(self, name: str, url: str) -> None:
        while not self._stopping.is_set():
            if said := await self._ask(name, "GET", f"{url}/summary"):
                self.failed[f"{name}: {said}"] += 1
            await asyncio.sleep(REST)

    async def _register(self) -> None:
        while not self._stopping.is_set():
            number = self._first_person + len(self.registered)
            form = {**FORM, "nik": f"327599010190{number:04}"}
            key = {"Idempotency-Key": f"upgrade-{number}"}
            while said := await self._ask("registering", "POST", f"{self._urls['intake']}/applications", form, key):
                self.sent_again[said] += 1
            await asyncio.sleep(REST)

    async def _ask(
        self, who: str, method: str, url: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> str | None:
        """What was wrong with the answer; None when nothing was."""
        began = time.monotonic()
        try:
            answer = await self._http.request(method, url, json=form, headers=headers)
        except httpx2.TransportError as error:
            return type(error).__name__
        self.longest[who] = max(self.longest[who], time.monotonic() - began)
        assert answer.is_success or answer.status_code >= 500, answer.text
        if not answer.is_success:
            return str(answer.status_code)
        self.answered[who] += 1
        if form:
            self.registered.append(UUID(answer.json()["application_id"]))
        return None
