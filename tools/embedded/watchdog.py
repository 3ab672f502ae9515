"""When the launcher is killed with -9 nobody else is left to end its children; this small process is.

It is started as a plain script by tools.embedded.child, reads `+ PID CREATED SIGNAL` and `- PID` lines from its
standard input, and when that pipe closes (the launcher is gone, however it went) ends every process still on the list.
"""

import os
import signal
import sys

import psutil  # type: ignore[import-untyped]

PATIENCE = 8.0  # seconds between asking a process to end and ending it


def listen() -> dict[int, tuple[float, int]]:
    """Reads until the launcher is gone; returns what it had running: pid -> (time of creation, signal to stop)."""
    running: dict[int, tuple[float, int]] = {}
    for line in sys.stdin:
        match line.split():
            case ["+", pid, created, stop]:
                running[int(pid)] = (float(created), int(stop))
            case ["-", pid]:
                running.pop(int(pid), None)
    return running


def created(pid: int) -> float:
    """When a process of ours was created, which tells it from a later one with its number."""
    return float(psutil.Process(pid).create_time())


def same_process(pid: int, born: float) -> psutil.Process | None:
    """The process with this pid, if it is still the one that was meant and not a later one with its number."""
    try:
        process = psutil.Process(pid)
        alive = abs(process.create_time() - born) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if alive else None


def end(running: dict[int, tuple[float, int]], patience: float = PATIENCE) -> None:
    """Asks all of them to stop at once, and kills those that have not done so in `patience` seconds."""
    found = [(same_process(pid, created), stop) for pid, (created, stop) in running.items()]
    alive = [(process, stop) for process, stop in found if process is not None]
    for process, stop in alive:
        _signal(process, stop)
    _, stubborn = psutil.wait_procs([process for process, _ in alive], timeout=patience)
    for process in stubborn:
        _signal(process, signal.SIGKILL)


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    os.chdir("/")
    end(listen())
