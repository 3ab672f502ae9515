"""Where a service says what it hears: one function per event type."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from shared.events.base import Event, Stream
from shared.messaging.transaction import Transaction

E = TypeVar("E", bound=Event)

ERASED = "Erased"
"""The type under which the empty value of a state stream is handled."""


class Received(NamedTuple, Generic[E]):
    """An event as it came: what it says, whose it is and where it stands in that aggregate's history."""

    event: E
    key: str
    version: int
    event_id: UUID
    time: datetime


One = Callable[[E, Transaction], Awaitable[None]]
Many = Callable[[Sequence[Received[E]], Transaction], Awaitable[None]]
Erased = Callable[[Sequence[str], Transaction], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """How one type on one topic is read (None: an erasure) and applied; `apply` takes all of that type in a wave."""

    read: Callable[[bytes], Event] | None
    apply: Callable[[Sequence[Received[Any]], Transaction], Awaitable[None]]


class Consumer:
    """The consumer group of a service and its handlers. There is one per service.

    A handler may run more than once (a rival, a retry, a search for the poison in a batch): its effects
    go through `tx.conn` and `tx.announce` only, never straight into the world.
    """

    def __init__(self, group: str) -> None:
        self.group = group
        self.handlers: dict[tuple[str, str], Handler] = {}

    @property
    def topics(self) -> list[str]:
        """The topics that some handler listens to."""
        return sorted({topic for topic, _ in self.handlers})

    def on(self, event_type: type[E]) -> Callable[[One[E]], One[E]]:
        """Register a function for one event at a time: the good default."""

        def register(function: One[E]) -> One[E]:
            async def each(received: Sequence[Received[E]], tx: Transaction) -> None:
                for r in received:
                    await function(r.event, tx)
                    tx.alive()

            self._add(event_type.stream, event_type.__name__, Handler(event_type.read, each))
            return function

        return register

    def on_many(self, event_type: type[E]) -> Callable[[Many[E]], Many[E]]:
        """Register a function for many events of the type at once: hot paths.

        It gets all that stand in one wave, which is mostly the whole poll: when other types come between two events
        of a key, the later one comes in a further call. In log order; several versions of one key may be among them.
        """

        def register(function: Many[E]) -> Many[E]:
            self._add(event_type.stream, event_type.__name__, Handler(event_type.read, function))
            return function

        return register

    def on_erased(self, stream: Stream) -> Callable[[Erased], Erased]:
        """Register a function for keys whose state was erased on a `state` stream."""

        def register(function: Erased) -> Erased:
            async def keys(received: Sequence[Received[Any]], tx: Transaction) -> None:
                await function([r.key for r in received], tx)

            self._add(stream, ERASED, Handler(None, keys))
            return function

        return register

    def _add(self, stream: Stream, type_name: str, handler: Handler) -> None:
        if (stream.topic, type_name) in self.handlers:
            raise ValueError(f"{self.group} already has a handler for {type_name}")
        if self.group not in stream.declaration.readers:
            raise ValueError(f"topics.yaml does not name {self.group} as a reader of {stream.topic}")
        self.handlers[stream.topic, type_name] = handler
