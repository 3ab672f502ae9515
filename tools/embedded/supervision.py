"""A process of the platform that dies is started again, and one that keeps dying ends the platform with a sentence."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tools.embedded.child import Child
from tools.embedded.signs import full_disk
from tools.errors import PlatformError

WITHIN = 60.0  # seconds
BACK_OFF = (0.0, 0.5, 1.0, 2.0, 4.0)
_LOOK_EVERY = 0.1


@dataclass
class Part:
    """A process under supervision and the way to start it again without waiting for it."""

    child: Child
    launch: Callable[[], None]
    deaths: deque[float] = field(default_factory=deque)
    restart_at: float | None = None


class Supervision(threading.Thread):
    """Watches the parts until stopped, or until one of them cannot be kept alive (then `failure` says why)."""

    def __init__(self, parts: Iterable[Part], say: Callable[[str], None], back_off: Sequence[float] = BACK_OFF) -> None:
        """`back_off`: the seconds before the first, second ... start anew within a minute, then it is given up."""
        super().__init__(name="supervision", daemon=True)
        self.failure: PlatformError | None = None
        self._parts = list(parts)
        self._say = say
        self._back_off = tuple(back_off)
        self._stopping = threading.Event()
        self._ended = threading.Event()

    def run(self) -> None:
        """The loop of the thread."""
        try:
            while not self._stopping.wait(_LOOK_EVERY):
                for part in self._parts:
                    self._look_after(part)
        except PlatformError as failure:
            self.failure = failure
        except OSError as failure:
            self.failure = PlatformError(f"A process could not be started again: {failure}.")
        finally:
            self._ended.set()

    def wait(self) -> None:
        """Waits until the platform cannot go on; raises the PlatformError that says why."""
        self._ended.wait()
        if self.failure is not None:
            raise self.failure

    def stop(self) -> None:
        """After this nothing is started again."""
        self._stopping.set()
        if self.is_alive():
            self.join(15)

    def _look_after(self, part: Part) -> None:
        if part.child.alive or self._stopping.is_set():
            return
        now = time.monotonic()
        if part.restart_at is None:
            part.restart_at = now + self._record_death(part, now)
        if now >= part.restart_at:
            part.restart_at = None
            part.launch()

    def _record_death(self, part: Part, now: float) -> float:
        """Counts a death and returns the seconds until the next start."""
        while part.deaths and part.deaths[0] < now - WITHIN:
            part.deaths.popleft()
        part.deaths.append(now)
        code = part.child.exit_code
        if len(part.deaths) > len(self._back_off):
            raise part.child.failure(
                f"ended {len(part.deaths)} times in a minute (exit code {code}), so all is stopped"
            )
        if full_disk(part.child.output()):
            raise part.child.failure(f"ended (exit code {code})")
        wait = self._back_off[len(part.deaths) - 1]
        self._say(
            f"{part.child.name} ended (exit code {code}) and is started again" + (f" in {wait} s" if wait else "")
        )
        return wait
