"""Two platforms on one machine must not meet on a port, and one platform keeps its ports over a restart."""

import fcntl
import random
import socket
from collections.abc import Collection
from pathlib import Path
from typing import IO

from platformdirs import user_cache_path

from tools.errors import PlatformError

HOST = "127.0.0.1"

# Below the range from which systems take the local ends of outgoing connections: a port from there could be
# taken by any client between our look and the child's bind.
_FIRST, _LAST = 20_000, 31_999


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Whether somebody listens on this port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def free_port(taken: Collection[int] = ()) -> int:
    """A port that is free now and not in `taken`."""
    for _ in range(500):
        port = random.randint(_FIRST, _LAST)  # spreads platforms started at the same moment
        if port not in taken and is_free(port):
            return port
    raise OSError("no free port between 20000 and 31999")


class PortBook:
    """Chooses a platform's ports and holds them, so that two launchers starting at once do not choose the same."""

    def __init__(self, reservations: Path | None = None) -> None:
        self._folder = reservations or Path(user_cache_path("antar")) / "ports"
        self._held: dict[int, IO[str]] = {}

    def choose(self, name: str, *, asked: int | None, remembered: int | None, usual: int | None) -> int:
        """The port for `name`: the asked one or an error, else the last start's, the usual one, or any free one."""
        if asked is not None:
            if not self._hold(asked):
                raise PlatformError(
                    f"Port {asked}, asked for {name}, is taken: stop the program that has it, or ask for another port."
                )
            return asked
        for port in (remembered, usual):
            if port is not None and self._hold(port):
                return port
        while True:
            port = free_port(self._held)
            if self._hold(port):
                return port

    def close(self) -> None:
        """Gives all ports free."""
        while self._held:
            self._held.popitem()[1].close()

    def _hold(self, port: int) -> bool:
        if port in self._held or not is_free(port):
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        reservation = (self._folder / str(port)).open("w")
        try:
            fcntl.flock(reservation, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            reservation.close()
            return False
        self._held[port] = reservation
        return True
