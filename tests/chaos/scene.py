"""What a fault can lay hands on, and the time line of what has gone wrong so far."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.city import City
from tests.chaos.injection import Injector
from tests.chaos.schedule import Fault


class MissedError(Exception):
    """The fault found nothing to strike."""


@dataclass(slots=True)
class Event:
    """A fault as it happened; times in seconds since the start of the run. `missed` says why it struck nothing."""

    fault: Fault
    began: float
    ended: float | None = None
    missed: str = ""

    @property
    def struck(self) -> bool:
        """Whether it is over and did what it was to do."""
        return self.ended is not None and not self.missed


@dataclass(slots=True)
class Scene:
    """The city, the pen for the log, and what is going on."""

    city: City
    injector: Injector
    seed: int
    events: list[Event] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def now(self) -> float:
        """Seconds since the start of the run."""
        return time.monotonic() - self.began

    def under_way(self) -> Sequence[Event]:
        """What is wrong at this moment."""
        return [event for event in self.events if event.ended is None]

    def disturbed(self, since: float, but: Fault) -> bool:
        """Whether anything else was wrong since then."""
        others = (event for event in self.events if event.fault is not but and not event.missed)
        return any(event.ended is None or event.ended >= since for event in others)

    async def calm(self, but: Fault, patience: float) -> None:
        """Wait until nothing else is wrong and everyone is up."""
        deadline = self.now + patience
        while any(event.fault is not but for event in self.under_way()) and self.now < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await self.city.all_up(max(1.0, deadline - self.now))
