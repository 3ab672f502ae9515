"""Two platforms on one machine must not meet on a port, and one platform keeps its ports over a restart."""

import random
import socket
from collections.abc import Collection

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
