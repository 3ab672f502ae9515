"""Every process of the platform is started, watched, asked to stop and, if need be, killed in one same way."""

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tools.embedded import watchdog
from tools.embedded.account import Account, spawn_options
from tools.embedded.signs import full_disk, port_taken
from tools.errors import PlatformError

_LOG_KEPT = 20 * 1024 * 1024


class _Watch:
    """The pipe to the one watchdog of this process; a watchdog that died is replaced and told everything again."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._running: dict[int, str] = {}
        self._lock = threading.Lock()

    def add(self, pid: int, stop_signal: int) -> None:
        with self._lock:
            self._running[pid] = f"+ {pid} {watchdog.created(pid)} {stop_signal}"
            self._tell(self._running[pid])

    def remove(self, pid: int) -> None:
        with self._lock:
            if self._running.pop(pid, None):
                self._tell(f"- {pid}")

    def _tell(self, line: str) -> None:
        if self._process is None or self._process.poll() is not None:
            self._start()
            return
        with suppress(BrokenPipeError):
            self._write(line)

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, watchdog.__file__], stdin=subprocess.PIPE, text=True, start_new_session=True
        )
        for line in self._running.values():
            self._write(line)

    def _write(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """At exit: whatever is still running now is ended by the watchdog."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(watchdog.PATIENCE + 2)


_watch = _Watch()
atexit.register(_watch.close)


@dataclass
class Child:
    """One process of the platform in a session of its own, so that Ctrl-C reaches the launcher alone."""

    name: str
    command: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    account: Account | None = None  # whom to run as, when not ourselves
    stop_signal: int = signal.SIGTERM
    pid_file: Path | None = None

    _process: subprocess.Popen[bytes] | None = None
    _log_start: int = 0

    def start(self) -> None:
        """Starts the process; raises PlatformError when it cannot even be started."""
        if self._process is not None:
            self._forget()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_KEPT:
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        with self.log.open("ab") as out:
            self._log_start = out.tell()
            self._process = self._open(out)
        _watch.add(self._process.pid, self.stop_signal)
        if self.pid_file is not None:
            kept = {"pid": self._process.pid, "created": watchdog.created(self._process.pid), "stop": self.stop_signal}
            self.pid_file.write_text(json.dumps(kept))

    def _open(self, out: IO[bytes]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [str(part) for part in self.command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                cwd=self.folder,
                start_new_session=True,
                **spawn_options(self.account),
            )
        except OSError as failure:
            raise PlatformError(f"{self.name} could not be started: {failure}.") from failure

    @property
    def pid(self) -> int:
        """The process id; raises PlatformError before the first start."""
        if self._process is None:
            raise PlatformError(f"{self.name} has not been started.")
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended (minus a signal's number), None while it runs."""
        return None if self._process is None else self._process.poll()

    def output(self, at_most: int = 64 * 1024) -> str:
        """The end, `at_most` bytes, of what the process has written since it was last started."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(self._log_start, file.seek(0, os.SEEK_END) - at_most))
            return file.read().decode(errors="replace")

    def last_lines(self, count: int = 5) -> str:
        """The last lines it wrote, for an error's sentence."""
        return "\n".join(self.output().splitlines()[-count:])

    def wait_ready(self, ready: Callable[[], bool], timeout: float) -> None:
        """Waits until `ready()`; raises PlatformError when the process ends before or `timeout` seconds pass."""
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.alive:
                raise self.failure(f"ended while starting (exit code {self.exit_code})")
            if time.monotonic() > deadline:
                raise self.failure(f"was not ready after {timeout:.0f} s")
            time.sleep(0.03)

    def failure(self, what: str) -> PlatformError:
        """The error that says in one sentence what happened, what to do, and the last lines of the log."""
        said = self.output()
        if port_taken(said):
            return PlatformError(f"The port of {self.name} is taken by another program: stop that one and start again.")
        if full_disk(said):
            return PlatformError(f"The disk is full, so {self.name} {what}: free some space and start again.")
        return PlatformError(f"{self.name} {what}; its log is {self.log}, which ends:\n{self.last_lines()}")

    def ask_to_stop(self) -> None:
        """Sends the signal that ends the process in its own good way."""
        if self.alive and self._process is not None:
            self._process.send_signal(self.stop_signal)

    def stop(self, timeout: float = 10) -> None:
        """Asks the process to stop and kills it if it has not within `timeout` seconds; nothing when it is gone."""
        stop_all([self], timeout)

    def kill(self) -> None:
        """Ends the process at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
            self._forget()

    def wait_gone(self, timeout: float) -> bool:
        """Whether the process has ended within `timeout` seconds."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(timeout, 0))
        except subprocess.TimeoutExpired:
            return False
        self._forget()
        return True

    def _forget(self) -> None:
        assert self._process is not None
        _watch.remove(self._process.pid)
        if self.pid_file is not None:
            self.pid_file.unlink(missing_ok=True)


def stop_all(children: Sequence[Child], timeout: float) -> None:
    """Asks all of them at once to stop, and kills those that have not within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    for child in children:
        child.ask_to_stop()
    for child in children:
        if not child.wait_gone(deadline - time.monotonic()):
            child.kill()


def recorded(pid_file: Path) -> tuple[int, float] | None:
    """The process id and time of creation in a pid file, if that very process still runs."""
    try:
        left = json.loads(pid_file.read_text())
        pid, born = int(left["pid"]), float(left["created"])
    except (OSError, ValueError, KeyError):
        return None
    return (pid, born) if watchdog.same_process(pid, born) else None


def end_orphans(pid_files: Iterable[Path], timeout: float = 10) -> None:
    """Ends what an earlier launcher, killed with -9, may have left on this data folder."""
    found, left = list(pid_files), {}
    for pid_file in found:
        known = recorded(pid_file)
        if known is not None:
            left[known[0]] = (known[1], int(json.loads(pid_file.read_text()).get("stop", signal.SIGTERM)))
    watchdog.end(left, timeout)
    for pid_file in found:
        pid_file.unlink(missing_ok=True)
