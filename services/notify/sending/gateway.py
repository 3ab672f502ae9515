"""The border to the world: what a gateway gets, and the ways in which it can fail."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from shared.events.notify import Channel, UndeliverableReason


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one recipient. The address and the text never show in a repr, hence in no log.

    `message_id` stays the same when a message is sent again after a crash (`again`), so that a gateway
    which knows it can drop the repeat.
    """

    message_id: UUID
    milestone: str
    text: str = field(repr=False)
    phone: str | None = field(repr=False, default=None)
    email: str | None = field(repr=False, default=None)
    again: bool = False


class SendFailure(Exception):
    """A message was not taken; the type says what happens next."""


class RetryLater(SendFailure):
    """The gateway's trouble, not the message's: the same way again, `after` this long if it said so."""

    def __init__(self, after: timedelta | None = None) -> None:
        super().__init__()
        self.after = after


class NextChannel(SendFailure):
    """This way leads nowhere for this recipient: try the next one."""

    def __init__(self, reason: UndeliverableReason) -> None:
        super().__init__()
        self.reason = reason


class GiveUp(SendFailure):
    """The message itself is refused; no other way would be right."""


Outcome = SendFailure | None
"""None: taken."""


class Gateway(Protocol):
    """A way to reach people."""

    channel: Channel

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Give the messages away, one outcome for each, in order. Raises nothing that a gateway can foresee."""
        ...


class LogGateway:
    """The default: what was said stands in the message log, and nothing leaves the house."""

    channel = Channel.LOG

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """All are taken, also those to people without a phone: the courier's visit is how they learn of it."""
        return [None] * len(messages)
