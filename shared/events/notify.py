"""What notify says: which message went out, and which could not."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.base import Event, Open, Stream

MESSAGE = Stream("notify.message.v1")


class Milestone(StrEnum):
    """What a citizen is told about, once each (a missed visit: once per visit)."""

    RECEIVED = "RECEIVED"
    WAITING_FOR_BLANK = "WAITING_FOR_BLANK"
    READY = "READY"
    MISSED = "MISSED"
    DELIVERED = "DELIVERED"
    HELD = "HELD"


class Channel(StrEnum):
    """The way a message went."""

    LOG = "LOG"
    EMAIL = "EMAIL"
    HTTP = "HTTP"


class UndeliverableReason(StrEnum):
    """Why a message was given up."""

    NO_ADDRESS = "NO_ADDRESS"
    REFUSED = "REFUSED"
    EXHAUSTED = "EXHAUSTED"


class MessageSent(Event, stream=MESSAGE):
    """A gateway took the message."""

    application_id: UUID
    message_id: UUID
    milestone: Open[Milestone]
    channel: Open[Channel]
    sent_at: AwareDatetime


class MessageUndeliverable(Event, stream=MESSAGE):
    """No channel took the message; the courier's visit is what remains."""

    application_id: UUID
    message_id: UUID
    milestone: Open[Milestone]
    reason: Open[UndeliverableReason]
    given_up_at: AwareDatetime
