"""The messages: raised by facts, let go when there is somebody to tell, sent by the worker, kept as the log."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.events.notify import Channel, Milestone, UndeliverableReason
from shared.messaging.transaction import Connection


async def raise_once(
    conn: Connection, milestone: Milestone, occasions: Sequence[tuple[UUID, int]], now: datetime
) -> None:
    """A message for each (application, ordinal) that has none of this milestone yet.

    Call it after the row of the application was written in this transaction: that row's lock is what keeps
    a recipient who arrives in the same moment from overlooking the message.
    """
    if not occasions:
        return
    await conn.execute(
        """
        insert into message (application_id, milestone, ordinal, state, next_at, raised_at)
        select n.application_id, $1, n.ordinal, (
                -- not a join: for that a planner without fresh statistics likes to read the whole table
                select case when a.tracking_code is null or a.document_name is null then 'WAITING' else 'DUE' end
                from application a where a.application_id = n.application_id
            ), $4, $4
        from unnest($2::uuid[], $3::smallint[]) as n (application_id, ordinal)
        on conflict (application_id, milestone, ordinal) do nothing
        """,
        milestone,
        [application_id for application_id, _ in occasions],
        [ordinal for _, ordinal in occasions],
        now,
    )


async def let_go(conn: Connection, application_ids: Sequence[UUID]) -> None:
    """What waited for the recipient or for the document's name, and now has both, is due."""
    await conn.execute(
        """
        update message m set state = 'DUE' from application a
        where m.application_id = any($1::uuid[]) and m.state = 'WAITING' and a.application_id = m.application_id
            and a.tracking_code is not null and a.document_name is not null
        """,
        application_ids,
    )


async def take_due(conn: Connection, now: datetime, limit: int) -> list[asyncpg.Record]:
    """The next messages and what decides on them, locked; those that another worker has at hand are passed over.

    Of each application only the first that has not ended, so that people are told in order. Among them are messages
    whose sender died between sending and recording: they were SENDING for too long. Those a gateway may have seen
    come `again`: whatever was with one, or put off, is due later than it was raised.
    """
    return await conn.fetch(
        """
        select m.id, m.message_id, m.application_id, m.milestone, m.ordinal, m.attempts, m.tried, m.reason,
            m.raised_at, m.next_at > m.raised_at as again,
            a.tracking_code is null as nobody, a.silent, a.cancelled_at is not null as cancelled,
            a.delivery_stage is not distinct from 'COMPLETED' as delivered
        from message m join application a on a.application_id = m.application_id
        where m.state in ('DUE', 'SENDING') and m.next_at <= $1
            -- not `not exists`, and not by state: a planner without fresh statistics would join, or read all due
            and 0 = (
                select count(*) from message e
                where e.application_id = m.application_id and e.id < m.id and e.ended_at is null
            )
        order by m.next_at, m.id limit $2 for update of m skip locked
        """,
        now,
        limit,
    )


async def recipients(conn: Connection, application_ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """What the messages to these applications are made of; the one place that reads an address."""
    rows = await conn.fetch(
        """
        select application_id, tracking_code, phone, email, document_name, rw, receiver, held_kelurahan, held_until
        from application where application_id = any($1::uuid[])
        """,
        application_ids,
    )
    return {r["application_id"]: r for r in rows}


async def mark_sending(conn: Connection, ids: Sequence[int], lease: datetime) -> None:
    """They are with a gateway; unless something is recorded before `lease` runs out, they will be sent again.

    What is recorded afterwards names the same `lease`: a sender that was thought dead has nothing to say any more.
    """
    await conn.execute(
        "update message set state = 'SENDING', attempts = attempts + 1, next_at = $2 where id = any($1::bigint[])",
        ids,
        lease,
    )


async def record_sent(
    conn: Connection, ids: Sequence[int], channels: Sequence[Channel], lease: datetime, now: datetime
) -> set[int]:
    """A gateway took them; returns those that were still ours to record."""
    rows = await conn.fetch(
        """
        update message m set state = 'SENT', channel = n.channel, reason = null, ended_at = $4
        from unnest($1::bigint[], $2::text[]) as n (id, channel)
        where m.id = n.id and m.state = 'SENDING' and m.next_at = $3 returning m.id
        """,
        ids,
        channels,
        lease,
        now,
    )
    return {r["id"] for r in rows}


async def record_logged(conn: Connection, ids: Sequence[int], now: datetime) -> None:
    """They stand in the log, which is this table; the caller has them locked."""
    await conn.execute(
        """
        update message set state = 'SENT', channel = 'LOG', attempts = attempts + 1, ended_at = $2
        where id = any($1::bigint[])
        """,
        ids,
        now,
    )


async def record_undeliverable(
    conn: Connection, ids: Sequence[int], reasons: Sequence[UndeliverableReason], lease: datetime, now: datetime
) -> set[int]:
    """No channel is left; returns those that were still ours to record."""
    rows = await conn.fetch(
        """
        update message m set state = 'UNDELIVERABLE', reason = n.reason, ended_at = $4
        from unnest($1::bigint[], $2::text[]) as n (id, reason)
        where m.id = n.id and m.state = 'SENDING' and m.next_at = $3 returning m.id
        """,
        ids,
        reasons,
        lease,
        now,
    )
    return {r["id"] for r in rows}


class Later(NamedTuple):
    """A message to be sent again at `until`; `tried` are the channels given up so far, `reason` the worst of them."""

    id: int
    until: datetime
    attempts: int
    tried: Sequence[str]
    reason: UndeliverableReason | None


async def put_off(conn: Connection, rows: Sequence[Later], lease: datetime) -> None:
    """They are due again later."""
    await conn.execute(
        """
        update message m set state = 'DUE', next_at = n.until, attempts = n.attempts, reason = n.reason,
            tried = coalesce(string_to_array(nullif(n.tried, ''), ','), '{}')
        from unnest($1::bigint[], $2::timestamptz[], $3::smallint[], $4::text[], $5::text[])
            as n (id, until, attempts, tried, reason)
        where m.id = n.id and m.state = 'SENDING' and m.next_at = $6
        """,
        [r.id for r in rows],
        [r.until for r in rows],
        [r.attempts for r in rows],
        [",".join(r.tried) for r in rows],
        [r.reason for r in rows],
        lease,
    )


async def withdraw(conn: Connection, ids: Sequence[int], now: datetime) -> None:
    """They are not true any more."""
    await conn.execute("update message set state = 'WITHDRAWN', ended_at = $2 where id = any($1::bigint[])", ids, now)


async def log_page(conn: Connection, after: int, limit: int) -> list[asyncpg.Record]:
    """The log from `after` on, oldest first."""
    return await conn.fetch(
        """
        select m.*, a.phone, a.email, a.document_name, a.rw, a.receiver, a.held_kelurahan, a.held_until
        from message m join application a on a.application_id = m.application_id
        where m.id > $1 order by m.id limit $2
        """,
        after,
        limit,
    )


async def under_way(conn: Connection) -> list[asyncpg.Record]:
    """How many messages are due or with a gateway, and for how many `seconds` the first of them has waited to be told.

    The clock runs from when they were raised, however often they were put off since. It does not run for those that
    failed three times for their own sake: a full mailbox is no outage.
    """
    return await conn.fetch(
        """
        select state, count(*) as messages,
            coalesce(extract(epoch from now() - min(raised_at) filter (where attempts < 3)), 0) as seconds
        from message where state in ('DUE', 'SENDING') group by state
        """
    )


async def count(conn: Connection) -> list[asyncpg.Record]:
    """How many messages there are by milestone and state."""
    return await conn.fetch("select milestone, state, count(*) as n from message group by 1, 2 order by 1, 2")
