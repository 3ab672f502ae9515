"""What a fault can lay hands on, and the time line of what has gone wrong so far."""

import asyncio
import time
from dataclasses import dataclass, field

from tests.chaos.city import City
from tests.chaos.injection import Injector
from tests.chaos.schedule import Fault


class MissedError(Exception):
    """The fault found nothing to strike."""


@dataclass(slots=True)
class Event:
    """A fault as it happened; times in seconds since the start of the run. `missed` says why it struck nothing.

    It has not begun while it waits for an earlier one to leave its target alone.
    """

    fault: Fault
    began: float | None = None
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

    def disturbed(self, since: float, but: Fault) -> bool:
        """Whether anything else was wrong since then."""
        others = (e for e in self.events if e.fault is not but and e.began is not None and not e.missed)
        return any(event.ended is None or event.ended >= since for event in others)

    async def calm(self, but: Fault, patience: float) -> None:
        """Wait until nothing else is wrong and everyone is up."""
        deadline = self.now + patience
        while self.disturbed(self.now, but) and self.now < deadline:  # noqa: ASYNC110 - many events, each with its end
            await asyncio.sleep(0.05)
        await self.city.all_up(max(1.0, deadline - self.now))
