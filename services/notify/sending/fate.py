"""What becomes of one message: pure decisions on the outcomes that gateways give."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.notify.sending.breaker import pause
from services.notify.sending.gateway import GiveUp, NextChannel, Outcome, RetryLater
from shared.events.notify import Channel, UndeliverableReason

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 8
"""By one channel, each failing for the message's own sake; with the pauses between them this is about an hour."""


@dataclass(slots=True)
class Fate:
    """A message on its way; settled once it is sent, lost or put off.

    `attempts` are those by the present channel before this one, `tried` the channels given up,
    `why` the weightiest reason for which one was.
    """

    attempts: int = 0
    tried: list[str] = field(default_factory=list)
    why: UndeliverableReason | None = None
    channel: Channel | None = None
    lost: UndeliverableReason | None = None
    until: datetime | None = None

    @property
    def settled(self) -> bool:
        """Whether no further channel is to be tried now."""
        return bool(self.channel or self.lost or self.until)

    def judge(self, channel: Channel, outcome: Outcome, now: datetime) -> None:
        """Take in what `channel` made of it."""
        match outcome:
            case None:
                self.channel = channel
            case RetryLater() if self.attempts + 1 < MOST_ATTEMPTS:
                self.attempts += 1
                self.until = now + pause(self.attempts, FIRST_PAUSE, LONGEST_PAUSE)
            case RetryLater():
                self._next(channel, UndeliverableReason.EXHAUSTED)
            case NextChannel(reason=reason):
                self._next(channel, reason)
            case GiveUp():
                self.lost = UndeliverableReason.REFUSED

    def wait(self, until: datetime) -> None:
        """The gateway is in trouble, which is not held against the message: no try is counted, no other way sought.

        Perhaps it was taken and only the answer was lost, so the same gateway must see the same id again.
        """
        self.until = until

    def end(self) -> None:
        """No channel is left: unless it is settled, it is lost."""
        if not self.settled:
            self.lost = self.why or UndeliverableReason.NO_ADDRESS

    def _next(self, channel: Channel, reason: UndeliverableReason) -> None:
        # A number that was refused says more than a missing e-mail address beside it.
        if self.why in (None, UndeliverableReason.NO_ADDRESS):
            self.why = reason
        self.tried.append(channel)
        self.attempts = 0
