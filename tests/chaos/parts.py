"""One process of the city under faults: started again whenever it ends, and every life of it is kept."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from tests.chaos import clocks
from tests.chaos.evidence import Life
from tools.embedded.child import Child
from tools.errors import PlatformError

LOOK = 0.05
SHORT_LIFE = 3.0
_LONGEST_PAUSE = 2.0

Sent = Literal["TERM", "KILL"]


class NotUpError(Exception):
    """A process was not there, or not ready, for longer than anyone should have to wait."""


class Part:
    """A process by its name in the city. `service` is empty for a server, whose lives nobody counts."""

    def __init__(
        self,
        child: Child,
        ready: Callable[[], bool],
        *,
        service: str = "",
        launch: Callable[[], None] | None = None,
        opened: Callable[[], bool] | None = None,
    ) -> None:
        """`opened` says that it listens and has taken its signals in hand, which comes before `ready`."""
        self.child = child
        self.lives: list[Life] = []
        self.service = service
        self._launch = launch or child.start
        self._ready = ready
        self._opened = opened or ready
        self._environment = dict(child.environment)
        self._next_life: Mapping[str, str] = {}
        self._next_sent: Sent | None = None
        self._sent: Sent | None = None
        self._sent_at = 0.0
        self._gone = asyncio.Event()
        self._gone.set()
        self._may_start = asyncio.Event()
        self._may_start.set()
        self._watching: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """What the city calls it."""
        return self.child.name

    @property
    def alive(self) -> bool:
        """Whether the process is there; it may be frozen."""
        return not self._gone.is_set()

    async def keep(self) -> None:
        """Start it, and start it again whenever it ends, sooner or later by how long it lived."""
        short = 0
        while True:
            await self._may_start.wait()
            began = time.monotonic()
            try:
                await self.start()
                await self._gone.wait()
            except (PlatformError, OSError):
                pass  # a full disk, say: later there will be room
            short = short + 1 if time.monotonic() - began < SHORT_LIFE else 0
            await asyncio.sleep(min(_LONGEST_PAUSE, 0.1 * 2**short))

    async def start(self) -> None:
        """Begin a life; the environment told for it is used up."""
        self.child.environment = {**self._environment, **self._next_life}
        self._sent, self._sent_at = self._next_sent, time.monotonic()
        self._next_life, self._next_sent = {}, None
        await asyncio.to_thread(self._launch)
        self._gone.clear()
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while self.child.alive:  # noqa: ASYNC110 - it is a process, not one of our tasks
            await asyncio.sleep(LOOK)
        if self.service:
            took = time.monotonic() - self._sent_at if self._sent else 0.0
            self.lives.append(Life(self.service, self._sent, self.child.exit_code, took))
            clocks.forget(self.child.pid)
        self._gone.set()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if there is one."""
        sent: dict[int, Sent] = {signal.SIGTERM: "TERM", signal.SIGKILL: "KILL"}
        if number in sent and self._sent is None:
            self._sent, self._sent_at = sent[number], time.monotonic()
        with suppress(ProcessLookupError):
            if self.alive:
                os.kill(self.child.pid, number)

    def tell_next(self, environment: Mapping[str, str]) -> None:
        """What the next life, and that one only, is told beside the usual, so that it will kill itself."""
        self._next_life, self._next_sent = dict(environment), "KILL"

    def hold(self) -> None:
        """After its end it is not started until `release`."""
        self._may_start.clear()

    def release(self) -> None:
        """It may be started again."""
        self._may_start.set()

    async def gone(self, patience: float) -> bool:
        """Whether the process ends within `patience` seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), patience)
        return self._gone.is_set()

    async def lived(self, count: int, patience: float) -> bool:
        """Whether it comes to so many ended lives within `patience` seconds."""
        deadline = time.monotonic() + patience
        while len(self.lives) < count and time.monotonic() < deadline:  # noqa: ASYNC110 - several lives pass by
            await asyncio.sleep(LOOK)
        return len(self.lives) >= count

    async def opened(self, patience: float = 30) -> None:
        """Wait until it listens; NotUpError if it does not in `patience` seconds."""
        await self.until(self._opened, patience)

    async def ready(self, patience: float = 30) -> None:
        """Wait until it takes work; NotUpError if it does not in `patience` seconds."""
        await self.until(self._ready, patience)

    async def until(self, state: Callable[[], bool], patience: float) -> None:
        """Wait until the process is in this state; NotUpError if it is not in `patience` seconds."""
        deadline = time.monotonic() + patience
        while not (self.alive and await asyncio.to_thread(state)):
            if time.monotonic() > deadline:
                raise NotUpError(f"{self.name} was not up for {patience:.0f} s")
            await asyncio.sleep(LOOK)

    def add_ends(self, ends: Mapping[tuple[str, int], int]) -> None:
        """How far the topics were when the last life was over."""
        self.lives[-1] = replace(self.lives[-1], ends=ends)

    async def end(self) -> None:
        """Let it go for good, at once."""
        self.hold()
        self.send(signal.SIGKILL)
        await self.gone(10)
