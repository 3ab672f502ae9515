"""A miniature service: it writes facts on two streams, hears them itself, and tells a message of each effect."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from shared.events.base import Event
from shared.events.dispatch import DeliveryAssigned, DeliveryCompleted, Receiver
from shared.events.notify import Channel, MessageSent, Milestone
from shared.events.printing import BlankSpoiled, SpoilReason
from shared.messaging import Consumer, PermanentError, Received, Transaction

STREAMS = (DeliveryAssigned.stream, BlankSpoiled.stream)
TOPICS = tuple(stream.topic for stream in STREAMS)
SCHEMA = """
create table said (id bigint generated always as identity, topic text, key text, mark text, kind text);
create index on said (key);
create table effect (id bigint generated always as identity, topic text, key text, version bigint, mark text,
                     event_id uuid);
create index on effect (key);
-- What there may be one of only, such as a card with its serial.
create table document (topic text, key text, version bigint, primary key (topic, key, version));
"""
TABLES = "said, effect, document, stream_version, outbox, stream_position, parked, stopped_stream, settled_event"

Kind = Literal["good", "refused", "broken", "forged"]
"""Of a fact: applied; refused by its handler until that is mended; unreadable for ever; a version said before."""

_NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to announce; `mark` is unlike that of all others and can be read in whatever becomes of it."""

    topic: str
    key: str
    mark: str
    kind: Kind

    def event(self) -> Event:
        """An event of the fact's stream; on the delivery stream there are two types."""
        key, mark = UUID(self.key), f"{self.mark}-{self.kind}"
        if self.topic == BlankSpoiled.stream.topic:
            return BlankSpoiled(
                application_id=key,
                site="KOTA",
                blank_kind="KTP",
                serial=mark,
                reason=SpoilReason.PRINT_FAILED,
                spoiled_at=_NOW,
            )
        if int(self.mark, 16) % 4 == 0:
            return DeliveryCompleted(
                application_id=key,
                receiver=Receiver.APPLICANT,
                courier_badge=mark,
                completed_at=_NOW,
                reported_at=_NOW,
            )
        return DeliveryAssigned(
            application_id=key, courier_badge=mark, kelurahan_code="32.75.01.1001", rw="001", assigned_at=_NOW
        )


async def say(facts: Sequence[Fact], tx: Transaction) -> None:
    """A command's change: note down what was said, and announce it."""
    await tx.conn.execute(
        "insert into said (topic, key, mark, kind) select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])",
        [fact.topic for fact in facts],
        [fact.key for fact in facts],
        [fact.mark for fact in facts],
        [fact.kind for fact in facts],
    )
    for fact in facts:
        event = fact.event()
        payload = b"{broken " + fact.mark.encode() if fact.kind == "broken" else event.write()
        tx.publish(fact.topic, fact.key, type(event).__name__, payload)


async def forge(fact: Fact, tx: Transaction) -> None:
    """Say something under the last version of an aggregate once more, as a writer does that was put back.

    Only once that version was applied: of what is in flight nobody could say later which of the two was meant.
    """
    put_back = """
        update stream_version v set version = v.version - 1 from stream_position p
        where (v.topic, v.key, v.version) = (p.topic, p.key, p.version) and v.topic = $1 and v.key = $2
        """
    if await tx.conn.execute(put_back, fact.topic, fact.key) != "UPDATE 0":
        await say([fact], tx)


def consumer(mended: Callable[[], bool]) -> Consumer:
    """The consumer of a process; what its handlers refuse they take once they are `mended`."""
    consumer = Consumer("notify")

    async def take_effect(received: Sequence[Received[Any]], tx: Transaction) -> None:
        marks = [_mark(r.event) for r in received]
        await tx.conn.execute(
            """
            with received as (select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::uuid[])
                                  as r (topic, key, version, mark, event_id)),
                 documents as (insert into document select topic, key, version from received)
            insert into effect (topic, key, version, mark, event_id) select * from received
            """,
            [r.event.stream.topic for r in received],
            [r.key for r in received],
            [r.version for r in received],
            [mark for mark, _ in marks],
            [r.event_id for r in received],
        )
        tx.announce(*(_message(r) for r in received))
        if any(kind == "refused" for _, kind in marks) and not mended():
            raise PermanentError

    for event_type in (DeliveryAssigned, DeliveryCompleted, BlankSpoiled):
        consumer.on_many(event_type)(take_effect)
    return consumer


def _mark(event: Any) -> list[str]:
    return str(event.serial if isinstance(event, BlankSpoiled) else event.courier_badge).split("-")


def _message(received: Received[Any]) -> MessageSent:
    return MessageSent(
        application_id=UUID(received.key),
        message_id=UUID(int=received.event_id.int),
        milestone=Milestone.READY,
        channel=Channel.LOG,
        sent_at=_NOW,
    )
