"""The worker that sends messages: take what is due, give it to a gateway, record what became of it.

Nothing here is wrong when it stops at any line. Taken and not recorded means: after a while it is sent again, with
the same message id and marked as a repeat, because nobody can know whether the gateway had it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from services.notify import measures
from services.notify.domain import is_withdrawn
from services.notify.sending.breaker import Breaker
from services.notify.sending.fate import Fate
from services.notify.sending.gateway import Gateway, NextChannel, Outcome, Outgoing, Unavailable
from services.notify.store import messages as store
from services.notify.texts import Texts
from shared.events.notify import Channel, MessageSent, MessageUndeliverable, UndeliverableReason
from shared.messaging.transaction import Database, Transaction

LOGGED_AT_ONCE = 1000
SENT_AT_ONCE = 50
"""Few, because these are the ones sent twice after a crash."""

GATEWAY_SECONDS = 120
LEASE = timedelta(minutes=10)
"""Longer than all gateways together may take for a batch."""

LATE = timedelta(minutes=15)
"""From then on a message that has not been given away is looked at as a repeat is: do the facts still bear it out?"""

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Letter:
    """A message taken for sending: its row, what goes out, and its fate."""

    row: asyncpg.Record
    outgoing: Outgoing
    fate: Fate


class Post:
    """Sends by `gateways`, in the order given; the first that takes a message has it."""

    def __init__(self, gateways: Sequence[Gateway], texts: Texts, clock: Clock) -> None:
        self._gateways = [(gateway, Breaker(gateway.channel)) for gateway in gateways]
        self._texts = texts
        self._clock = clock

    async def step(self, db: Database) -> bool:
        """Send the next batch; True when there may be more."""
        if [g.channel for g, _ in self._gateways] == [Channel.LOG]:
            return await self._log(db)
        now = self._clock()
        lease = now + LEASE
        async with db.transaction() as tx:
            due, going = await _take(tx, now, SENT_AT_ONCE)
            await store.mark_sending(tx.conn, [r["id"] for r in going], lease)
            letters = await self._write(tx, going)
        for gateway, breaker in self._gateways:
            await self._offer(gateway, breaker, letters)
        async with db.transaction() as tx:
            sent, lost = await _record(tx, letters, lease, self._clock())
        measures.ended(sent=sent, undeliverable=lost, withdrawn=len(due) - len(going))
        return bool(due)

    async def _log(self, db: Database) -> bool:
        # The log is our own table: taken and recorded are one transaction, and no crash can come between.
        now = self._clock()
        async with db.transaction() as tx:
            due, going = await _take(tx, now, LOGGED_AT_ONCE)
            if going:
                await store.record_logged(tx.conn, [r["id"] for r in going], now)
                tx.announce(*(_sent(r, Channel.LOG, now) for r in going))
        measures.ended(sent=len(going), withdrawn=len(due) - len(going))
        return bool(due)

    async def _write(self, tx: Transaction, rows: Sequence[asyncpg.Record]) -> list[Letter]:
        people = await store.recipients(tx.conn, [r["application_id"] for r in rows])
        letters = []
        for row in rows:
            person = dict(people[row["application_id"]])
            outgoing = Outgoing(
                message_id=row["message_id"],
                milestone=row["milestone"],
                text=self._texts.write(row["milestone"], row["ordinal"], person, code=person["tracking_code"]),
                phone=person["phone"],
                email=person["email"],
                again=row["again"],
            )
            why = UndeliverableReason(row["reason"]) if row["reason"] else None
            letters.append(Letter(row, outgoing, Fate(row["attempts"], list(row["tried"]), why)))
        return letters

    async def _offer(self, gateway: Gateway, breaker: Breaker, letters: Sequence[Letter]) -> None:
        now = self._clock()
        offered = []
        for letter in letters:
            if letter.fate.settled or gateway.channel in letter.fate.tried:
                continue
            if not gateway.reaches(letter.outgoing):
                letter.fate.judge(gateway.channel, NextChannel(UndeliverableReason.NO_ADDRESS), now)
            elif breaker.is_open(now):
                letter.fate.wait(breaker.again_at())
            else:
                offered.append(letter)
        if offered:
            await self._send(gateway, breaker, offered)

    async def _send(self, gateway: Gateway, breaker: Breaker, letters: Sequence[Letter]) -> None:
        outcomes: Sequence[Outcome]
        try:
            async with asyncio.timeout(GATEWAY_SECONDS):
                outcomes = await gateway.send([x.outgoing for x in letters])
        except TimeoutError as error:
            outcomes = [Unavailable(type(error).__name__)] * len(letters)
        now = self._clock()
        for letter, outcome in zip(letters, breaker.take_in(outcomes, now), strict=True):
            if isinstance(outcome, Unavailable):
                letter.fate.wait(breaker.again_at())
            else:
                letter.fate.judge(gateway.channel, outcome, now)


async def _take(tx: Transaction, now: datetime, limit: int) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    due = await store.take_due(tx.conn, now, limit)
    going = [r for r in due if not _is_withdrawn(r, now)]
    if len(going) < len(due):
        await store.withdraw(tx.conn, [r["id"] for r in due if _is_withdrawn(r, now)], now)
    return due, going


def _is_withdrawn(row: asyncpg.Record, now: datetime) -> bool:
    late = row["again"] or now - row["raised_at"] > LATE
    return is_withdrawn(
        row["milestone"],
        nobody=row["nobody"],
        silent=row["silent"],
        cancelled=row["cancelled"],
        overtaken=late and row["delivered"],
    )


async def _record(
    tx: Transaction, letters: Sequence[Letter], lease: datetime, now: datetime
) -> tuple[int, list[UndeliverableReason]]:
    # How many were sent, and why each of the others cannot be.
    for letter in letters:
        letter.fate.end()
    sent = {x.row["id"]: (x.row, x.fate.channel) for x in letters if x.fate.channel}
    lost = {x.row["id"]: (x.row, x.fate.lost) for x in letters if x.fate.lost}
    later = [
        store.Later(x.row["id"], x.fate.until, x.fate.attempts, x.fate.tried, x.fate.why)
        for x in letters
        if x.fate.until
    ]
    gone = await store.record_sent(tx.conn, list(sent), [c for _, c in sent.values()], lease, now)
    given_up = await store.record_undeliverable(tx.conn, list(lost), [r for _, r in lost.values()], lease, now)
    tx.announce(*(_sent(*sent[i], now) for i in gone), *(_undeliverable(*lost[i], now) for i in given_up))
    await store.put_off(tx.conn, later, lease)
    return len(gone), [lost[i][1] for i in given_up]


def _sent(row: asyncpg.Record, channel: Channel, now: datetime) -> MessageSent:
    return MessageSent(
        application_id=row["application_id"],
        message_id=row["message_id"],
        milestone=row["milestone"],
        channel=channel,
        sent_at=now,
    )


def _undeliverable(row: asyncpg.Record, reason: UndeliverableReason, now: datetime) -> MessageUndeliverable:
    return MessageUndeliverable(
        application_id=row["application_id"],
        message_id=row["message_id"],
        milestone=row["milestone"],
        reason=reason,
        given_up_at=now,
    )
