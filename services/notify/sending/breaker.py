"""Whether a gateway is asked at all: one in trouble is left alone for a while, and the log says so."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from services.notify.sending.gateway import Outcome, RetryLater, SendFailure, Unavailable
from shared.events.notify import Channel

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=5)
SAID_EVERY = timedelta(minutes=1)

log = structlog.get_logger()


class Breaker:
    """A circuit breaker between the messages and one gateway: open while the gateway is in trouble.

    It is kept in memory alone: one process sends at a time, and one that takes over asks the gateway once more.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._failures = 0
        self._until: datetime | None = None
        self._since: datetime | None = None
        self._said: dict[str, datetime] = {}

    def is_open(self, now: datetime) -> bool:
        """Whether the gateway is to be left alone."""
        return self._until is not None and now < self._until

    def again_at(self) -> datetime:
        """When a message that waits for the gateway is due: soon after the pause, not all of them at once.

        So a gateway still in trouble is asked for few, and always for others: some that it can never bear, for a
        reason of their own, do not keep the rest from it.
        """
        assert self._until
        return self._until + FIRST_PAUSE * random.random()

    def take_in(self, outcomes: Sequence[Outcome], now: datetime) -> Sequence[Outcome]:
        """What the gateway made of some messages; returns this with the trouble laid at the right door.

        A gateway that takes the others is not in trouble. What it fails at then, now and again, is the message's own.
        """
        taken = outcomes.count(None)
        trouble = [o for o in outcomes if isinstance(o, Unavailable)]
        certain = any(o.certain for o in trouble)
        if taken and len(trouble) <= max(1, taken // 10) and not certain:
            outcomes = [RetryLater(o.sign) if isinstance(o, Unavailable) else o for o in outcomes]
            trouble = []
        if trouble:
            self._open(trouble, now, partly=taken > 0)
        else:
            self._close(now)
        self._say("messages_refused", [o for o in outcomes if o and not isinstance(o, Unavailable)], now)
        return outcomes

    def _open(self, trouble: Sequence[Unavailable], now: datetime, *, partly: bool) -> None:
        self._failures = 1 if partly else self._failures + 1
        self._since = self._since or now
        asked = [o.after for o in trouble if o.after]
        self._until = now + (max(asked) if asked else pause(self._failures, FIRST_PAUSE, LONGEST_PAUSE))
        self._say("gateway_in_trouble", trouble, now)

    def _close(self, now: datetime) -> None:
        told = self._said.get("gateway_in_trouble")
        if self._since and told and told >= self._since:
            seconds = round((now - self._since).total_seconds())
            log.warning("gateway_works_again", channel=self._channel, after_seconds=seconds)
        self._failures, self._until, self._since = 0, None, None

    def _say(self, event: str, failures: Sequence[SendFailure], now: datetime) -> None:
        # Codes alone, and not each time: a storm would bury its own cause.
        said = self._said.get(event)
        if failures and (said is None or now - said >= SAID_EVERY):
            self._said[event] = now
            log.warning(event, channel=self._channel, signs=sorted({f.sign for f in failures}), messages=len(failures))


def pause(failures: int, first: timedelta, longest: timedelta) -> timedelta:
    """How long to wait after so many failures in a row: twice as long each time, up to `longest`, jittered."""
    whole: timedelta = min(first * 2 ** min(failures - 1, 20), longest)
    return whole * random.uniform(0.5, 1)
