"""How often an address may ask: a few misses a minute, so that codes and passwords cannot be tried out."""

import ipaddress
import time

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class Pace:
    """Counts tries and misses by client address, in this process's memory.

    Nothing is written down: after a restart all begin anew, which only makes the limit looser for a minute.
    """

    def __init__(self, tries_per_minute: int, misses_per_minute: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._tries = parse(f"{tries_per_minute}/minute")
        self._misses = parse(f"{misses_per_minute}/minute")

    def wait(self, request: Request) -> int:
        """Seconds until this address may try (0 = now). A try that may go ahead is counted."""
        client = _client(request)
        if not self._limiter.test(self._misses, "miss", client):
            return self._seconds(self._misses, "miss", client)
        if not self._limiter.hit(self._tries, "try", client):
            return self._seconds(self._tries, "try", client)
        return 0

    def missed(self, request: Request) -> None:
        """The try led to nothing."""
        self._limiter.hit(self._misses, "miss", _client(request))

    def _seconds(self, item: RateLimitItem, *identifiers: str) -> int:
        reset = self._limiter.get_window_stats(item, *identifiers).reset_time
        return max(1, int(reset - time.time()) + 1)


def _client(request: Request) -> str:
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    # A household has a whole /64 of IPv6: counted one by one, its addresses would never run out.
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host
