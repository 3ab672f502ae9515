"""One poll, one transaction: judge, claim, handle in waves, set poison aside, queue what was announced, commit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from pydantic import ValidationError

from shared.events.catalogue import topics
from shared.events.cloudevents import Incoming, Record, UnreadableError, read
from shared.messaging import metrics
from shared.messaging.consumer import ERASED, Consumer, Handler, Received
from shared.messaging.errors import HistoryRewrittenError, PermanentError, ReleaseIsBadError, is_transient
from shared.messaging.failpoints import failpoint
from shared.messaging.guard import Aggregate, Guard, Position, claim, read_positions, set_back, stop_stream
from shared.messaging.parking import GAP, Parked, ParkedRecord, park, retry_refused, take_due
from shared.messaging.transaction import Database, Transaction

log = structlog.get_logger()

BREAKER_EVENTS = 20
BREAKER_SHARE = 0.05
DRAIN_ROWS = 500


@dataclass(slots=True)
class Item:
    """An event to be handled and the wave it runs in."""

    incoming: Incoming
    received: Received[Any]
    handler: Handler
    wave: int


@dataclass(slots=True)
class Plan:
    """What one poll comes to after judging: events to handle, records to set aside."""

    guard: Guard
    items: list[Item] = field(default_factory=list)
    accepted: dict[Aggregate, list[Incoming]] = field(default_factory=lambda: defaultdict(list))
    parked: list[Parked] = field(default_factory=list)
    poison: int = 0

    def set_aside(self, record: Record, key: str | None, version: int | None, code: str) -> None:
        """Park a record; counts as poison unless it only waits for an earlier one."""
        attempts = getattr(record, "attempts", 0) + (code != GAP)
        self.parked.append(Parked(record, key, version, code, attempts))
        self.poison += code != GAP


class Applier:
    """Gives records to the handlers of a consumer, each effect exactly once."""

    def __init__(self, consumer: Consumer, db: Database) -> None:
        self._consumer = consumer
        self._db = db

    @failpoint("applying")
    async def apply(self, records: Sequence[Record]) -> frozenset[str]:
        """Apply the records of a poll, all or nothing.

        Returns:
            The topics that are stopped: what the poll holds of them was left alone and is still to be read.

        Raises:
            ReleaseIsBadError: too much would be parked; nothing was changed.
            Exception: transient trouble (`is_transient`): the same call may be made again.
        """
        careful = False
        while True:
            try:
                async with self._db.transaction() as tx:
                    return (await self._poll(tx, records, careful=careful)).guard.stopped
            except _SomethingRefusedError:
                # Once more from the start, now with savepoints. The usual poll does not pay for them.
                careful = True
            except HistoryRewrittenError as rewritten:
                await self._stop(rewritten)

    async def drain(self) -> int:
        """Apply parked records whose turn has come, until none moves.

        Returns:
            How many left the parking table.
        """
        moved = 0
        while True:
            try:
                async with self._db.transaction() as tx:
                    due = await take_due(tx.conn, limit=DRAIN_ROWS)
                    back = len((await self._poll(tx, due, careful=True)).parked) if due else 0
            except HistoryRewrittenError as rewritten:
                await self._stop(rewritten)
                continue
            moved += len(due) - back
            if not due:
                return moved

    async def retry_refused(self) -> None:
        """Let the next drain try once more what was refused: a new release may have mended the cause."""
        async with self._db.transaction() as tx:
            await retry_refused(tx.conn)

    async def stopped(self) -> frozenset[str]:
        """The topics that are stopped now."""
        async with self._db.reading() as conn:
            return (await read_positions(conn, ())).stopped

    async def _stop(self, rewritten: HistoryRewrittenError) -> None:
        log.critical("history_rewritten", topic=rewritten.topic, key=rewritten.key, version=rewritten.version)
        async with self._db.transaction() as tx:
            await stop_stream(tx.conn, rewritten)

    async def _poll(self, tx: Transaction, records: Sequence[Record], *, careful: bool) -> Plan:
        plan = await self._judge(tx, records)
        tx.follow({i.incoming.key: i.incoming.traceparent for i in plan.items if i.incoming.traceparent})
        if plan.guard.moved:
            await claim(tx.conn, plan.guard)
        refused: dict[Aggregate, tuple[int, str]] = {}
        for handler, items in _groups(plan.items):
            if careful:
                await _search(handler, items, tx, refused)
            else:
                await _trust(handler, items, tx)
        if refused:
            await set_back(tx.conn, _step_back(plan, refused))
        self._break(plan, len(records), drained=any(isinstance(r, ParkedRecord) for r in records))
        if plan.parked:
            await park(tx, self._consumer.group, plan.parked)
        metrics.count(self._consumer.group, plan)
        return plan

    async def _judge(self, tx: Transaction, records: Sequence[Record]) -> Plan:
        incoming: list[Incoming | tuple[Record, UnreadableError]] = []
        for record in records:
            try:
                incoming.append(read(record))
            except UnreadableError as error:
                incoming.append((record, error))
        guard = await read_positions(tx.conn, {(i.topic, i.key) for i in incoming if isinstance(i, Incoming)})
        plan = Plan(guard)
        last: dict[Aggregate, Item] = {}
        for i in incoming:
            if isinstance(i, Incoming):
                if i.topic not in guard.stopped:
                    self._place(plan, i, last)
            elif i[0].topic not in guard.stopped:
                plan.set_aside(i[0], i[1].key, i[1].version, i[1].code)
        return plan

    def _place(self, plan: Plan, incoming: Incoming, last: dict[Aggregate, Item]) -> None:
        verdict = plan.guard.judge(incoming, gapless=topics()[incoming.topic].kind == "facts")
        if verdict == "gap":
            plan.set_aside(incoming.record, incoming.key, incoming.version, GAP)
            return
        if verdict == "duplicate":
            return
        handler = self._consumer.handlers.get(
            (incoming.topic, ERASED if incoming.data is None else incoming.type),
        )
        try:
            event = _event(handler, incoming)
        except (ValidationError, RecursionError):
            plan.set_aside(incoming.record, incoming.key, incoming.version, "bad-data")
            return
        plan.guard.move(incoming)
        aggregate = (incoming.topic, incoming.key)
        plan.accepted[aggregate].append(incoming)
        if handler is None:
            return
        before = last.get(aggregate)
        wave = 0 if before is None else before.wave + (before.handler is not handler)
        received = Received(event, incoming.key, incoming.version, incoming.event_id, incoming.time)
        last[aggregate] = Item(incoming, received, handler, wave)
        plan.items.append(last[aggregate])

    def _break(self, plan: Plan, size: int, *, drained: bool) -> None:
        if not drained and plan.poison > BREAKER_EVENTS and plan.poison > BREAKER_SHARE * size:
            raise ReleaseIsBadError(f"{plan.poison} of {size} events refused")


class _SomethingRefusedError(Exception):
    """A handler refused something in a poll that ran without savepoints."""


def _event(handler: Handler | None, incoming: Incoming) -> Any:
    if handler is None or handler.event_type is None or incoming.data is None:
        return None
    return handler.event_type.read(incoming.data)


def _groups(items: Sequence[Item]) -> list[tuple[Handler, list[Item]]]:
    # Order of mixed types within an aggregate: a change of type starts a new wave, and a type runs once per wave.
    waves: dict[tuple[int, int], tuple[Handler, list[Item]]] = {}
    for item in items:
        waves.setdefault((item.wave, id(item.handler)), (item.handler, []))[1].append(item)
    return [group for _, group in sorted(waves.items(), key=lambda w: w[0][0])]


@failpoint("handling")
async def _trust(handler: Handler, items: Sequence[Item], tx: Transaction) -> None:
    try:
        await handler.apply([i.received for i in items], tx)
    except Exception as error:
        if is_transient(error):
            raise
        raise _SomethingRefusedError from error


@failpoint("handling with care")
async def _search(
    handler: Handler, items: Sequence[Item], tx: Transaction, refused: dict[Aggregate, tuple[int, str]]
) -> None:
    # Halve until the refused event stands alone; what follows it on its key is not tried.
    items = [i for i in items if (i.incoming.topic, i.incoming.key) not in refused]
    if not items:
        return
    mark = tx.mark()
    try:
        async with tx.conn.transaction():
            await handler.apply([i.received for i in items], tx)
    except Exception as error:
        if is_transient(error):
            raise
        tx.cut_back(mark)
        if len(items) > 1:
            middle = len(items) // 2
            await _search(handler, items[:middle], tx, refused)
            await _search(handler, items[middle:], tx, refused)
            return
        incoming = items[0].incoming
        code = error.code if isinstance(error, PermanentError) else f"handler-failed:{type(error).__name__}"
        refused[incoming.topic, incoming.key] = (incoming.version, code)
        log.exception("event_refused", topic=incoming.topic, type=incoming.type, key=incoming.key, code=code)


def _step_back(plan: Plan, refused: dict[Aggregate, tuple[int, str]]) -> dict[Aggregate, Position]:
    back: dict[Aggregate, Position] = {}
    for aggregate, (version, code) in refused.items():
        position = plan.guard.found.get(aggregate, Position(0, None))
        for incoming in plan.accepted[aggregate]:
            if incoming.version < version:
                position = Position(incoming.version, incoming.event_id)
            else:
                plan.set_aside(
                    incoming.record, incoming.key, incoming.version, code if incoming.version == version else GAP
                )
        back[aggregate] = position
    return back
