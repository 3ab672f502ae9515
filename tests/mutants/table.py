"""The guards, how each is taken away, and where its loss must show."""

from dataclasses import dataclass

CORE = "shared/messaging/"
POLL = ("tests/shared/test_poll.py", "tests/shared/test_records.py")
STOPPED = ("tests/shared/test_stopped_streams.py",)
COPIES = ("tests/shared/test_parked_copies.py",)
RELAY = ("tests/shared/test_relay.py",)
LOG = ("tests/shared/test_subscription.py",)
RIVALS = ("tests/shared/test_one_version_two_events.py",)
COMMIT = ("tests/shared/test_transaction.py",)
LOST = ("tests/shared/test_lost_connections.py",)
PULSE = ("tests/unit/test_pulse.py",)
STUCK = ("tests/shared/test_stuck.py",)


@dataclass(frozen=True)
class Mutant:
    """One guard taken away: `old`, which stands in `file` exactly once, becomes `new`; `tests` must turn red."""

    guard: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        "what was applied is not applied again",
        CORE + "guard.py",
        '        return "duplicate"\n\n    def position',
        '        return "apply"\n\n    def position',
        POLL,
    ),
    Mutant(
        "a gap is set aside",
        CORE + "guard.py",
        'return "gap" if gapless and incoming.version > at.version + 1 else "apply"',
        'return "apply"',
        POLL,
    ),
    Mutant(
        "a new aggregate starts at 1",
        CORE + "guard.py",
        "where (n.expected = 0\n",
        "where (n.expected >= 0\n",
        POLL,
    ),
    Mutant(
        "the claim compares",
        CORE + "guard.py",
        "        where p.version = excluded.expected\n",
        "",
        POLL,
    ),
    Mutant(
        "a lost claim is noticed",
        CORE + "guard.py",
        "    if len(rows) < len(moves):\n        raise RivalError\n",
        "",
        POLL,
    ),
    Mutant(
        "the claim comes before the handlers",
        CORE + "poll.py",
        """        if guard.moved:
            await claim(tx.conn, guard, plan.accepted)
        refused: Refused = {}
        for group in plan.groups():
            if careful:
                await _search(group.without(refused), tx, refused)
            else:
                await _trust(group, tx)
""",
        """        refused: Refused = {}
        for group in plan.groups():
            if careful:
                await _search(group.without(refused), tx, refused)
            else:
                await _trust(group, tx)
        if guard.moved:
            await claim(tx.conn, guard, plan.accepted)
""",
        POLL,
    ),
    Mutant(
        "nothing is set aside on a presumption",
        CORE + "poll.py",
        "        if plan.parked and not careful:\n",
        "        if False:\n",
        POLL,
    ),
    Mutant(
        "poison is set back",
        CORE + "poll.py",
        "            await set_back(tx.conn, plan.step_back(refused))\n",
        "            plan.step_back(refused)\n",
        POLL,
    ),
    Mutant(
        "what a refused handler announced is taken back",
        CORE + "poll.py",
        "        tx.cut_back(mark)\n",
        "",
        POLL,
    ),
    Mutant(
        "what follows poison on its key is not tried",
        CORE + "judging.py",
        "        kept = [n for n, incoming in enumerate(self.incoming) if incoming.aggregate not in aggregates]\n",
        "        kept = range(len(self.incoming))\n",
        POLL,
    ),
    Mutant(
        "order of mixed types within an aggregate",
        CORE + "judging.py",
        "    wave = 0 if before is None else before[1] + (before[0] is not handler)\n",
        "    wave = 0\n",
        POLL,
    ),
    Mutant(
        "a bad release parks nothing",
        CORE + "poll.py",
        "        if plan.poison > BREAKER_EVENTS and plan.poison > BREAKER_SHARE * size:\n",
        "        if plan.poison > size:\n",
        POLL,
    ),
    Mutant(
        "trouble that passes is not poison",
        CORE + "poll.py",
        """        if is_transient(error):
            raise
        tx.cut_back(mark)
""",
        "        tx.cut_back(mark)\n",
        POLL,
    ),
    Mutant(
        "the drain applies what has become due",
        CORE + "parking.py",
        "                   or ((p.code = $1 or p.retry)\n",
        "                   or (p.code is null and $1 = '' and (p.code = $1 or p.retry)\n",
        POLL,
    ),
    Mutant(
        "the drain leaves refused events alone",
        CORE + "parking.py",
        "                   or ((p.code = $1 or p.retry)\n",
        "                   or ((p.code <> $1 or p.code = $1)\n",
        POLL,
    ),
    Mutant(
        "a key that no index takes is refused",
        "shared/events/cloudevents.py",
        " or len(record.key) > MAX_KEY:",
        ":",
        POLL,
    ),
    Mutant(
        "a rewritten history is noticed",
        CORE + "guard.py",
        "            raise HistoryRewrittenError(*incoming.aggregate, incoming.version, at.event_id, incoming.event_id)\n",
        '            return "duplicate"\n',
        STOPPED,
    ),
    Mutant(
        "a claim looks whether its stream is stopped",
        CORE + "guard.py",
        "          and not exists (select from stopped_stream t where t.topic = n.topic)\n",
        "",
        STOPPED,
    ),
    Mutant(
        "nothing of a stopped stream is applied",
        CORE + "judging.py",
        "        if topic in guard.stopped:\n            continue\n",
        "",
        STOPPED,
    ),
    Mutant(
        "parked records of a stopped stream wait",
        CORE + "parking.py",
        "              and not exists (select from stopped_stream t where t.topic = p.topic)\n",
        "",
        STOPPED,
    ),
    Mutant(
        "what was said again is passed over where it stood first",
        CORE + "guard.py",
        '        if incoming.event_id in self._settled:\n            return "duplicate"\n',
        "",
        ("tests/tools/test_history.py",),
    ),
    Mutant(
        "what was said again is passed over by the claim too",
        CORE + "guard.py",
        "          and not exists (select from settled_event e where e.event_id = any ($6::uuid[]))\n",
        "          and $6::uuid[] is not null\n",
        RIVALS,
    ),
    Mutant(
        "another event of the same version is set aside beside the first",
        CORE + "parking.py",
        "        [p.event_id for p in parked],\n",
        "        [UUID(int=0) for p in parked],\n",
        RIVALS,
    ),
    Mutant(
        "of what is set aside a copy is announced",
        CORE + "parking.py",
        "        if place in inserted and not isinstance(p.record, ParkedRecord):\n",
        "        if False:\n",
        COPIES,
    ),
    Mutant(
        "one copy, however often it is tried",
        CORE + "parking.py",
        "        if place in inserted and not isinstance(p.record, ParkedRecord):\n",
        "        if True:\n",
        COPIES,
    ),
    Mutant(
        "copies carry no personal data",
        CORE + "parking.py",
        'topics()[p.record.topic].classification == "public" and ',
        "",
        COPIES,
    ),
    Mutant(
        "a copy is never more than the outbox takes",
        CORE + "parking.py",
        " and len(whole) <= MAX_PAYLOAD:",
        ":",
        COPIES,
    ),
    Mutant(
        "aggregates are locked in one order",
        CORE + "transaction.py",
        "        counts = sorted(Counter((a.topic, a.key) for a in self._queue).items())\n",
        "        counts = list(Counter((a.topic, a.key) for a in self._queue).items())\n",
        COMMIT,
    ),
    Mutant(
        "facts are queued in the transaction that caused them",
        CORE + "transaction.py",
        "            yield tx\n            announced = await tx.flush()\n        tx.committed()\n",
        """            yield tx
        async with self.pool.acquire() as conn, conn.transaction():
            tx.conn = conn
            announced = await tx.flush()
        tx.committed()
""",
        ("tests/shared/test_guards_commit.py",),
    ),
    Mutant(
        "offsets follow the effects",
        CORE + "subscription.py",
        "                with self._pulse.at_work(POLL):\n                    stopped = await self._apply_until_done(records)\n",
        """                for record in records:
                    self._done[TopicPartition(record.topic, record.partition)] = record.offset + 1
                with self._pulse.at_work(POLL):
                    stopped = await self._apply_until_done(records)
""",
        LOG,
    ),
    Mutant(
        "offsets of a stopped stream stay",
        CORE + "subscription.py",
        "                    if record.topic not in self._stopped:\n",
        "                    if True:\n",
        LOG,
    ),
    Mutant(
        "our own parser reads the headers",
        CORE + "subscription.py",
        "            parser=_parse,\n            decoder=_decode,\n",
        "",
        ("tests/contracts/test_every_subscriber.py",),
    ),
    Mutant(
        "a fault that nobody foresaw ends the process",
        CORE + "subscription.py",
        '            log.critical("poll_failed", exc_info=True)\n            self._die(EXIT_SOFTWARE)\n',
        '            log.critical("poll_failed", exc_info=True)\n',
        LOG,
    ),
    Mutant(
        "an offset that was not committed is said again",
        CORE + "subscription.py",
        "            self._done = done | self._done\n",
        "",
        LOG,
    ),
    Mutant(
        "only what was acknowledged is deleted",
        CORE + "relay.py",
        "        if future.exception() is None:\n            acknowledged += ids\n        else:\n            error = future.exception()\n",
        "        acknowledged += ids\n        error = future.exception() or error\n",
        RELAY,
    ),
    Mutant(
        "the rest of a full batch comes before what is younger",
        CORE + "relay.py",
        "                sending = list(chain(*under_way.values()))\n",
        "                sending = [row[0] for row in rows]\n",
        RELAY,
    ),
    Mutant(
        "one relay works",
        "shared/lock.py",
        '            taken = bool(await conn.fetchval("select pg_try_advisory_lock(hashtextextended($1, 0))", self._name))\n',
        '            taken = bool(await conn.fetchval("select hashtextextended($1, 0) is not null", self._name))\n',
        RELAY,
    ),
    Mutant(
        "a consumer that hears nothing ends",
        CORE + "hearing.py",
        "        if _dead_inside(consumer):\n            return True\n",
        "",
        LOST,
    ),
    Mutant(
        "a session ended while nobody listened is trouble that passes",
        CORE + "errors.py",
        '        return "cannot switch to state" in str(error)\n',
        "        return False\n",
        LOST,
    ),
    Mutant(
        "a process that stands still ends",
        "shared/pulse.py",
        "if part in seen and seen[part][1] >= limit:",
        "if False:",
        PULSE,
    ),
    Mutant(
        "a process that was frozen as a whole does not stand still",
        "shared/pulse.py",
        "return before[1] + LOOK_SECONDS if before is not None and before[0] == sign else 0.0",
        "return time.monotonic() - sign",
        PULSE,
    ),
    Mutant(
        "an outage that is waited out is no standstill",
        CORE + "transaction.py",
        "        self._alive()\n        async with",
        "        async with",
        STUCK,
    ),
    Mutant(
        "a handler that hangs is a standstill",
        CORE + "subscription.py",
        "                with self._pulse.at_work(POLL):\n                    stopped",
        "                if True:\n                    stopped",
        STUCK,
    ),
)
