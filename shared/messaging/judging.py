"""What one poll comes to: which events are handled, in which waves, and which records are set aside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.events.catalogue import topics
from shared.events.cloudevents import MAX_VERSION, Incoming, Record, UnreadableError, read
from shared.messaging.consumer import ERASED, Handler, Received
from shared.messaging.guard import NOWHERE, Aggregate, Guard, Position
from shared.messaging.parking import GAP, Parked

if TYPE_CHECKING:
    from shared.spans import Heard

Handlers = Mapping[tuple[str, str], Handler]
"""By topic and type."""

Envelopes = Sequence[Incoming | tuple[Record, UnreadableError]]
"""The records of a poll in log order: each with its envelope, or with the reason why it has none."""


NEVER = MAX_VERSION + 1, ""


@dataclass(slots=True)
class Group:
    """Events of one type in one wave; `incoming` and `received` run in parallel."""

    handler: Handler
    incoming: list[Incoming] = field(default_factory=list)
    received: list[Received[Any]] = field(default_factory=list)

    def part(self, start: int, end: int) -> "Group":
        """Some of them."""
        return Group(self.handler, self.incoming[start:end], self.received[start:end])

    def without(self, aggregates: Mapping[Aggregate, Any]) -> "Group":
        """Those of other aggregates."""
        kept = [n for n, incoming in enumerate(self.incoming) if incoming.aggregate not in aggregates]
        return Group(self.handler, [self.incoming[n] for n in kept], [self.received[n] for n in kept])


@dataclass(slots=True)
class Plan:
    """What one poll comes to after judging."""

    guard: Guard
    waves: dict[tuple[int, int], Group] = field(default_factory=dict)
    accepted: list[Incoming] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    poison: int = 0
    heard: "Heard | None" = None
    """The spans of what is handled, where traces are on."""

    def groups(self) -> list[Group]:
        """In the order in which they are handled."""
        return [group for _, group in sorted(self.waves.items(), key=lambda wave: wave[0][0])]

    @property
    def handled(self) -> list[Incoming]:
        """Those of the accepted that have a handler."""
        return [incoming for group in self.groups() for incoming in group.incoming]

    def set_aside(self, incoming: Incoming, code: str) -> None:
        """Park an event; counts as poison unless it only waits for an earlier one."""
        self._park(incoming.record, incoming.key, incoming.version, incoming.event_id, code)

    def set_aside_unread(self, record: Record, error: UnreadableError) -> None:
        """Park a record that has no readable envelope."""
        self._park(record, error.key, error.version, None, error.code)

    def _park(self, record: Record, key: str | None, version: int | None, event_id: UUID | None, code: str) -> None:
        attempts = getattr(record, "attempts", 0) + (code != GAP)
        self.parked.append(Parked(record, key, version, event_id, code, attempts))
        self.poison += code != GAP

    def step_back(self, refused: Mapping[Aggregate, tuple[int, str]]) -> dict[Aggregate, Position]:
        """Set refused events (version and code by aggregate) aside, and what follows them.

        Returns:
            Where that leaves the aggregates.
        """
        back = {aggregate: self.guard.found.get(aggregate, NOWHERE) for aggregate in refused}
        accepted, self.accepted = self.accepted, []
        for incoming in accepted:
            version, code = refused.get(incoming.aggregate, NEVER)
            if incoming.version >= version:
                self.set_aside(incoming, code if incoming.version == version else GAP)
                continue
            self.accepted.append(incoming)
            if incoming.aggregate in refused:
                back[incoming.aggregate] = Position(incoming.version, incoming.event_id)
        return back


def envelopes(records: Iterable[Record]) -> Envelopes:
    """Read the envelope of each record."""
    read_: list[Incoming | tuple[Record, UnreadableError]] = []
    for record in records:
        try:
            read_.append(read(record))
        except UnreadableError as error:
            read_.append((record, error))
    return read_


def judge(poll: Envelopes, guard: Guard, handlers: Handlers) -> Plan:
    """Walk in log order.

    Order of mixed types within an aggregate: a change of type starts a new wave, and a type runs once per wave.

    Raises:
        HistoryRewrittenError: a version came again with another event id.
    """
    plan, last = Plan(guard), dict[Aggregate, tuple[Handler, int]]()
    facts = {name for name, topic in topics().items() if topic.kind == "facts"}
    for incoming in poll:
        if not isinstance(incoming, Incoming):
            record, error = incoming
            if record.topic not in guard.stopped:
                plan.set_aside_unread(record, error)
            continue
        topic = incoming.aggregate[0]
        if topic in guard.stopped:
            continue
        verdict = guard.judge(incoming, gapless=topic in facts)
        if verdict == "gap":
            plan.set_aside(incoming, GAP)
        if verdict != "apply":
            continue
        handler = handlers.get((topic, ERASED if incoming.data is None else incoming.type))
        if handler is not None and not _place(plan, incoming, handler, last):
            plan.set_aside(incoming, "bad-data")
            continue
        guard.move(incoming)
        plan.accepted.append(incoming)
    return plan


def _place(plan: Plan, incoming: Incoming, handler: Handler, last: dict[Aggregate, tuple[Handler, int]]) -> bool:
    # Into its wave; False when its data are not what the type says.
    event = None
    if handler.read is not None and incoming.data is not None:
        try:
            event = handler.read(incoming.data)
        except Exception:
            # To read is to look at bytes: whatever it ends with, the same bytes end so again.
            return False
    before = last.get(incoming.aggregate)
    wave = 0 if before is None else before[1] + (before[0] is not handler)
    last[incoming.aggregate] = handler, wave
    group = plan.waves.get((wave, id(handler)))
    if group is None:
        group = plan.waves[wave, id(handler)] = Group(handler)
    group.incoming.append(incoming)
    group.received.append(Received(event, incoming.key, incoming.version, incoming.event_id, incoming.time))
    return True
