"""Clocks that can be set wrong while a service runs: libfaketime, told by a file. The machine's own clock stays."""

import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

STEP = 300
"""Seconds by which a clock is wrong."""


class Clock:
    """The wall clock of one service's processes. Monotonic time and all waiting go on as ever."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    def set(self, seconds: int) -> None:
        """Be wrong by so many seconds from now on (a process looks at the file once a second)."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._file)

    def environment(self) -> Mapping[str, str]:
        """What a process must be started with to go by this clock; nothing where it cannot be done."""
        if not possible():
            return {}
        return {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


@cache
def possible() -> bool:
    """Whether a process started here can be given another time."""
    if _library() is None:
        return False
    told = {"LD_PRELOAD": str(_library()), "FAKETIME": "-1000d", "DONT_FAKE_MONOTONIC": "1"}
    ask = "import time; print(time.time())"
    said = subprocess.run([sys.executable, "-c", ask], env=told, capture_output=True, text=True, check=False).stdout
    now = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout
    return bool(said) and float(now) - float(said) > 900 * 86_400


def _library() -> Path | None:
    spec = find_spec("libfaketime")
    if spec is None or spec.origin is None:
        return None
    found = Path(spec.origin).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    return found if found.exists() else None


def forget(pid: int) -> None:
    """Remove what the library of a process that was killed has left in shared memory."""
    for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
        (Path("/dev/shm") / name).unlink(missing_ok=True)
