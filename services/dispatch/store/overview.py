"""Lists and counts for those who watch; without personal data."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import asyncpg

from shared.messaging.transaction import Connection


async def deliveries_page(
    conn: Connection, within: Sequence[str], placeless: bool, state: str | None, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """`limit` deliveries within after `after` by application id, in one state if given; only documents that exist.

    With `placeless` also those whose place is not known yet.
    """
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select d.application_id, d.state, c.holder, d.courier_badge, d.kelurahan_code, d.rw, d.attempts
        from delivery d join custody c using (application_id)
        where ($1::text is null or d.state = $1) and ($2::uuid is null or d.application_id > $2)
            and coalesce(d.kelurahan_code || '/' || d.rw like any($4::text[]), $5)
        order by d.application_id limit $3
        """,
        state,
        after,
        limit,
        within,
        placeless,
    )
    return rows


async def delivery(conn: Connection, application_id: UUID) -> asyncpg.Record | None:
    """One delivery with its holder."""
    return await conn.fetchrow(
        """
        select d.application_id, d.state, c.holder, c.courier_badge as holder_badge, c.since as held_since,
            d.courier_badge, d.kelurahan_code, d.rw, d.attempts, d.round, d.document_kind, d.printed_at, d.held_until,
            d.receiver, d.completed_at, d.return_reason
        from delivery d join custody c using (application_id) where d.application_id = $1
        """,
        application_id,
    )


async def count_by_state(conn: Connection) -> list[asyncpg.Record]:
    """Documents by the state of their delivery."""
    rows: list[asyncpg.Record] = await conn.fetch(
        "select state, count(*) from delivery where state <> 'EXPECTED' group by state order by state"
    )
    return rows


async def open_by_state(conn: Connection, states: Sequence[str], today: date) -> list[asyncpg.Record]:
    """Of each of these states: how many `documents`, for how many `seconds` the oldest has been with whom it is now,
    and how many are `unclaimed`, their last day before `today`."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select d.state, count(*) as documents, extract(epoch from now() - min(c.since)) as seconds,
            count(*) filter (where d.state = 'HELD_FOR_PICKUP' and d.held_until < $2) as unclaimed
        from delivery d join custody c using (application_id)
        where d.state = any($1::text[]) group by d.state
        """,
        states,
        today,
    )
    return rows


async def count_by_outcome(conn: Connection) -> list[asyncpg.Record]:
    """Accepted visits without hand-over by outcome."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select outcome, count(*) from courier_act where accepted and kind = 'attempt' group by outcome order by outcome
        """
    )
    return rows


async def count_by_holder(conn: Connection) -> list[asyncpg.Record]:
    """Documents by who holds them."""
    rows: list[asyncpg.Record] = await conn.fetch(
        "select holder, count(*) from custody group by holder order by holder"
    )
    return rows
