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
    """A message was not taken; the type says what happens next.

    `sign` is the code or the kind of error by which the gateway's operator finds the cause; never a text, which
    might quote an address.
    """

    def __init__(self, sign: str = "") -> None:
        super().__init__()
        self.sign = sign


class Unavailable(SendFailure):
    """The gateway's trouble, not the message's: away, or not letting us in, or asking for patience.

    The message waits for it, `after` this long if it said so, and may wait so for ever. `certain`: whatever it takes
    meanwhile, this was not about one message.
    """

    def __init__(self, sign: str, after: timedelta | None = None, *, certain: bool = False) -> None:
        super().__init__(sign)
        self.after = after
        self.certain = certain


class RetryLater(SendFailure):
    """This message's trouble, and it may pass: the same way again, some times."""


class NextChannel(SendFailure):
    """This way leads nowhere for this recipient: try the next one."""

    def __init__(self, reason: UndeliverableReason, sign: str = "") -> None:
        super().__init__(sign)
        self.reason = reason


class GiveUp(SendFailure):
    """The message itself is refused; no other way would be right."""


Outcome = SendFailure | None
"""None: taken."""


class Gateway(Protocol):
    """A way to reach people."""

    channel: Channel

    def reaches(self, message: Outgoing, /) -> bool:
        """Whether the recipient has an address here; asks nobody."""
        ...

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Give the messages away, one outcome for each, in order. Raises nothing that a gateway can foresee."""
        ...


class LogGateway:
    """The default: what was said stands in the message log, and nothing leaves the house."""

    channel = Channel.LOG

    def reaches(self, _: Outgoing, /) -> bool:
        """Everybody, also people without a phone: the courier's visit is how they learn of it."""
        return True

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """All are taken."""
        return [None] * len(messages)
