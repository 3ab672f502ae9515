"""The position guard: of each aggregate, the next version is applied, an old one dropped, a later one set aside."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from uuid import UUID

from shared.events.cloudevents import Incoming
from shared.messaging.errors import HistoryRewrittenError, RivalError
from shared.messaging.failpoints import failpoint
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


@dataclass(slots=True)
class Guard:
    """The positions of one poll's aggregates: as found in the database, and as they will be.

    `stopped` names the topics of which nothing may be applied now.
    """

    found: dict[Aggregate, Position]
    stopped: frozenset[str] = frozenset()
    moved: dict[Aggregate, Position] = field(default_factory=dict)

    def judge(self, incoming: Incoming, *, gapless: bool) -> Verdict:
        """Judge the next event in log order. A new aggregate starts at 1, else its lost beginning would go unnoticed.

        On a state stream (`gapless` false) compaction makes gaps: any later version counts.

        Raises:
            HistoryRewrittenError: this version was applied with another event id.
        """
        at = self.position((incoming.topic, incoming.key))
        if incoming.version > at.version:
            return "gap" if gapless and incoming.version > at.version + 1 else "apply"
        if incoming.version == at.version and at.event_id is not None and incoming.event_id != at.event_id:
            raise HistoryRewrittenError(incoming.topic, incoming.key, incoming.version, at.event_id, incoming.event_id)
        return "duplicate"

    def position(self, aggregate: Aggregate) -> Position:
        """Where the aggregate stands now."""
        return self.moved.get(aggregate) or self.found.get(aggregate, NOWHERE)

    def move(self, incoming: Incoming) -> None:
        """The event will be applied."""
        self.moved[incoming.topic, incoming.key] = Position(incoming.version, incoming.event_id)


@failpoint("reading positions")
async def read_positions(conn: Connection, aggregates: Iterable[Aggregate]) -> Guard:
    """Where the aggregates stand and which streams are stopped, in one query."""
    wanted = list(aggregates)
    rows = await conn.fetch(
        """
        select topic, key, version, event_id from stream_position
        where (topic, key) in (select * from unnest($1::text[], $2::text[]))
        union all select topic, null, null, null from stopped_stream
        """,
        [topic for topic, _ in wanted],
        [key for _, key in wanted],
    )
    found = {(topic, key): Position(version, event_id) for topic, key, version, event_id in rows if key is not None}
    return Guard(found, frozenset(row[0] for row in rows if row[1] is None))


@failpoint("claiming")
async def claim(conn: Connection, guard: Guard) -> None:
    """Move the positions, provided that nobody moved them since they were read. Before the handlers run.

    Compare and set: a consumer that lost its partition and does not know it yet meets its heir here, and
    nothing it would do has happened. Sorted, so that two claims never lock crosswise.

    Raises:
        RivalError: somebody else moved one of them; the transaction must be rolled back.
    """
    moves = sorted(guard.moved.items())
    rows = await conn.fetch(
        """
        insert into stream_position as p (topic, key, version, expected, event_id)
        select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[])
        on conflict (topic, key) do update
        set version = excluded.version, expected = excluded.expected, event_id = excluded.event_id
        where p.version = excluded.expected
        returning 1
        """,
        [topic for (topic, _), _ in moves],
        [key for (_, key), _ in moves],
        [position.version for _, position in moves],
        [guard.found.get(aggregate, NOWHERE).version for aggregate, _ in moves],
        [position.event_id for _, position in moves],
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
