"""One poll, one transaction: judge, claim, handle in waves, set poison aside, queue what was announced, commit."""

from collections.abc import Sequence

import structlog

from shared import tracing
from shared.events.cloudevents import Incoming, Record
from shared.failpoints import failpoint
from shared.messaging import metrics
from shared.messaging.consumer import Consumer
from shared.messaging.errors import (
    HistoryRewrittenError,
    PermanentError,
    ReleaseIsBadError,
    RivalError,
    is_transient,
)
from shared.messaging.guard import Aggregate, Guard, claim, read_positions, set_back, stop_stream
from shared.messaging.judging import Envelopes, Group, Plan, envelopes, judge
from shared.messaging.parking import park, retry_refused, take_due
from shared.messaging.transaction import Database, Transaction

log = structlog.get_logger()

BREAKER_EVENTS = 20
BREAKER_SHARE = 0.05
DRAIN_ROWS = 500

Refused = dict[Aggregate, tuple[int, str]]
"""The version that a handler refused, and the code why."""


class Applier:
    """Gives records to the handlers of a consumer, each effect exactly once."""

    def __init__(self, consumer: Consumer, db: Database) -> None:
        self._consumer = consumer
        self._db = db

    @failpoint("applying")
    async def apply(self, records: Sequence[Record]) -> frozenset[str]:
        """Apply the records of a poll, all or nothing.

        First on trust: positions are presumed, handlers run without savepoints. Only when something is not as
        it usually is (a duplicate, a rival, a stopped stream, a refusal) once more from the start, with care.

        Returns:
            The topics that are stopped: what the poll holds of them was left alone and is still to be read.

        Raises:
            ReleaseIsBadError: too much would be parked; nothing was changed.
            Exception: transient trouble (`is_transient`): the same call may be made again.
        """
        poll = envelopes(records)
        try:
            return await self._attempt(poll, careful=False)
        except (_SomethingRefusedError, RivalError):
            return await self._attempt(poll, careful=True)

    async def _attempt(self, poll: Envelopes, *, careful: bool) -> frozenset[str]:
        try:
            async with self._db.transaction() as tx:
                plan = await self._poll(tx, poll, careful=careful)
                self._break(plan, len(poll))
            metrics.count(self._consumer.group, plan)
            metrics.observe(self._consumer.group, plan)
            _tell(plan)
            return plan.guard.stopped
        except HistoryRewrittenError as rewritten:
            if careful:
                await self._stop(rewritten)
        return await self._attempt(poll, careful=True)

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
                    if not due:
                        return moved
                    plan = await self._poll(tx, envelopes(due), careful=True)
                metrics.count(self._consumer.group, plan)
                _tell(plan)
                moved += len(due) - len(plan.parked)
            except HistoryRewrittenError as rewritten:
                await self._stop(rewritten)

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

    async def _poll(self, tx: Transaction, poll: Envelopes, *, careful: bool) -> Plan:
        if careful:
            guard = await read_positions(tx.conn, [i for i in poll if isinstance(i, Incoming)])
        else:
            guard = Guard(None)
        plan = judge(poll, guard, self._consumer.handlers)
        if tracing.spans is None:
            tx.follow({i.key: i.traceparent for i in plan.accepted if i.traceparent})
        else:
            plan.heard = tracing.spans.heard(self._consumer.group, plan.handled)
            tx.follow(plan.heard.traces)
        if plan.parked and not careful:
            # To set aside takes certainty: whose turn it was is only presumed here, and its stream may be stopped.
            raise RivalError
        if guard.moved:
            await claim(tx.conn, guard, plan.accepted)
        refused: Refused = {}
        for group in plan.groups():
            if careful:
                await _search(group.without(refused), tx, refused)
            else:
                await _trust(group, tx)
        if refused:
            await set_back(tx.conn, plan.step_back(refused))
        if plan.parked:
            await park(tx, self._consumer.group, plan.parked)
        return plan

    def _break(self, plan: Plan, size: int) -> None:
        if plan.poison > BREAKER_EVENTS and plan.poison > BREAKER_SHARE * size:
            raise ReleaseIsBadError(f"{plan.poison} of {size} events refused")


def _tell(plan: Plan) -> None:
    if plan.heard is not None:
        plan.heard.end({parked.event_id: parked.code for parked in plan.parked})


class _SomethingRefusedError(Exception):
    """A handler refused something in a poll that ran without savepoints."""


@failpoint("handling")
async def _trust(group: Group, tx: Transaction) -> None:
    try:
        await group.handler.apply(group.received, tx)
        tx.alive()
    except Exception as error:
        if is_transient(error):
            raise
        raise _SomethingRefusedError from error


@failpoint("handling with care")
async def _search(group: Group, tx: Transaction, refused: Refused) -> None:
    # Halve until the refused event stands alone; what follows it on its key is not tried.
    size = len(group.incoming)
    if not size:
        return
    mark = tx.mark()
    tx.alive()
    try:
        async with tx.conn.transaction():
            await group.handler.apply(group.received, tx)
    except Exception as error:
        if is_transient(error):
            raise
        tx.cut_back(mark)
        if size > 1:
            await _search(group.part(0, size // 2).without(refused), tx, refused)
            await _search(group.part(size // 2, size).without(refused), tx, refused)
            return
        incoming = group.incoming[0]
        code = error.code if isinstance(error, PermanentError) else f"handler-failed:{type(error).__name__}"
        refused[incoming.aggregate] = incoming.version, code
        log.exception("event_refused", topic=incoming.record.topic, type=incoming.type, key=incoming.key, code=code)
