"""The position guard: of each aggregate, the next version is applied, an old one dropped, a later one set aside."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from shared.events.cloudevents import Incoming
from shared.failpoints import failpoint
from shared.messaging.errors import HistoryRewrittenError, RivalError
from shared.messaging.transaction import Connection

Aggregate = tuple[str, str]
"""(topic, key)"""


class Position(NamedTuple):
    """How far one aggregate was applied; version 0 is before its first event."""

    version: int
    event_id: UUID | None


NOWHERE = Position(0, None)


Verdict = Literal["apply", "duplicate", "gap"]
"""What the guard says of one event; `gap` is not its turn yet."""


class Guard:
    """The positions of one poll's aggregates: as found, or presumed, and as they will be.

    Usually the first event of an aggregate in a poll is the one whose turn it is. A guard that was given no
    positions presumes just that, and the claim finds out: a poll in which it holds needs no look before.
    """

    def __init__(
        self,
        found: Mapping[Aggregate, Position] | None,
        stopped: frozenset[str] = frozenset(),
        settled: frozenset[UUID] = frozenset(),
    ) -> None:
        """`found` None: presume.

        `stopped` names the topics of which nothing may be applied now, `settled` events that their writer has
        said again under another version, after its history had been rewritten.
        """
        self._presuming = found is None
        self.found = dict(found or {})
        self.stopped = stopped
        self._settled = settled
        self.moved: dict[Aggregate, Incoming] = {}

    def judge(self, incoming: Incoming, *, gapless: bool) -> Verdict:
        """Judge the next event in log order. A new aggregate starts at 1, else its lost beginning would go unnoticed.

        On a state stream (`gapless` false) compaction makes gaps: any later version counts.

        Raises:
            HistoryRewrittenError: this version was applied with another event id.
        """
        if incoming.event_id in self._settled:
            return "duplicate"
        at = self.moved.get(incoming.aggregate) or self.position(incoming)
        if incoming.version > at.version:
            return "gap" if gapless and incoming.version > at.version + 1 else "apply"
        if incoming.version == at.version and at.event_id is not None and incoming.event_id != at.event_id:
            raise HistoryRewrittenError(*incoming.aggregate, incoming.version, at.event_id, incoming.event_id)
        return "duplicate"

    def position(self, incoming: Incoming) -> Position:
        """Where its aggregate stood before this poll."""
        found = self.found.get(incoming.aggregate)
        if found is None:
            found = Position(incoming.version - 1, None) if self._presuming else NOWHERE
            self.found[incoming.aggregate] = found
        return found

    def move(self, incoming: Incoming) -> None:
        """The event will be applied."""
        self.moved[incoming.aggregate] = incoming


@failpoint("reading positions")
async def read_positions(conn: Connection, events: Sequence[Incoming]) -> Guard:
    """Where the aggregates of these events stand, which streams are stopped and which of the events are settled."""
    wanted = list({incoming.aggregate for incoming in events})
    rows = await conn.fetch(
        """
        select topic, key, version, event_id from stream_position
        where (topic, key) in (select * from unnest($1::text[], $2::text[]))
        union all select topic, null, null, null from stopped_stream
        union all select null, null, null, event_id from settled_event where event_id = any($3::uuid[])
        """,
        [topic for topic, _ in wanted],
        [key for _, key in wanted],
        [incoming.event_id for incoming in events],
    )
    found = {(topic, key): Position(version, event_id) for topic, key, version, event_id in rows if key is not None}
    stopped = frozenset(topic for topic, key, *_ in rows if key is None and topic is not None)
    return Guard(found, stopped, frozenset(event_id for topic, _, _, event_id in rows if topic is None))


@failpoint("claiming")
async def claim(conn: Connection, guard: Guard, accepted: Sequence[Incoming]) -> None:
    """Move the positions over the accepted events, provided that they stand where the guard has them.

    Compare and set, before the handlers run: a consumer that lost its partition and does not know it yet meets
    its heir here, and nothing it would do has happened. Sorted, so that two claims never lock crosswise.

    Raises:
        RivalError: a position stands elsewhere, a stream is stopped or an event settled; the transaction must be
            rolled back.
    """
    moves = sorted(guard.moved)
    moved = [guard.moved[aggregate] for aggregate in moves]
    rows = await conn.fetch(
        """
        insert into stream_position as p (topic, key, version, expected, event_id)
        select n.* from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[])
            as n (topic, key, version, expected, event_id)
        where (n.expected = 0
               or n.expected = (select s.version from stream_position s where s.topic = n.topic and s.key = n.key))
          and not exists (select from stopped_stream t where t.topic = n.topic)
          and not exists (select from settled_event e where e.event_id = any ($6::uuid[]))
        on conflict (topic, key) do update
        set version = excluded.version, expected = excluded.expected, event_id = excluded.event_id
        where p.version = excluded.expected
        returning 1
        """,
        [topic for topic, _ in moves],
        [key for _, key in moves],
        [incoming.version for incoming in moved],
        [guard.found[aggregate].version for aggregate in moves],
        [incoming.event_id for incoming in moved],
        [incoming.event_id for incoming in accepted],
    )
    if len(rows) < len(moves):
        raise RivalError


@failpoint("setting back")
async def set_back(conn: Connection, positions: dict[Aggregate, Position]) -> None:
    """Put aggregates back to before their poison; their claim in this transaction holds the row lock."""
    await conn.execute(
        """
        update stream_position p set version = n.version, event_id = n.event_id
        from unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[]) as n (topic, key, version, event_id)
        where p.topic = n.topic and p.key = n.key
        """,
        [topic for topic, _ in positions],
        [key for _, key in positions],
        [position.version for position in positions.values()],
        [position.event_id for position in positions.values()],
    )


@failpoint("stopping a stream")
async def stop_stream(conn: Connection, rewritten: HistoryRewrittenError) -> None:
    """Apply nothing more of the topic, in any process of this service, until a person has decided."""
    await conn.execute(
        "insert into stopped_stream (topic, key, version, applied_event, found_event)"
        " values ($1, $2, $3, $4, $5) on conflict do nothing",
        rewritten.topic,
        rewritten.key,
        rewritten.version,
        rewritten.applied,
        rewritten.found,
    )
