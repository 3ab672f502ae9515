"""What people did and looked at: kept for the auditor, never changed."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from shared.messaging.transaction import Connection
from shared.people.person import Person


class Entry(NamedTuple):
    """`route` is its pattern, `what` a stable word, `record` what it was about (an id, never a name or number of a
    person), `result` "done" or the code of the refusal."""

    person: Person | None
    route: str
    what: str
    record: str | None
    address: str
    result: str
    details: dict[str, Any]


async def keep(conn: Connection | asyncpg.Connection, entry: Entry) -> None:
    """Add to the audit, in the transaction of what it tells of."""
    await keep_each(conn, entry, [entry.record])


async def keep_each(conn: Connection | asyncpg.Connection, entry: Entry, records: Sequence[str | None]) -> None:
    """Add the same entry for each of these records instead of its own."""
    person = entry.person
    await conn.execute(
        """
        insert into audit (who, name, roles, areas, route, what, record, address, result, details)
        select $1, $2, $3, $4, $5, $6, record, $8, $9, $10 from unnest($7::text[]) as each (record)
        """,
        person.subject if person else None,
        person.name if person else None,
        sorted(person.roles) if person else [],
        sorted(area.code for area in person.areas) if person else [],
        entry.route,
        entry.what,
        records,
        entry.address,
        entry.result,
        json.dumps(entry.details, default=str),
    )


async def found(
    conn: Connection,
    *,
    who: str | None = None,
    record: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[asyncpg.Record]:
    """Entries, the newest first; `before` is the id after which to go on."""
    rows: Sequence[asyncpg.Record] = await conn.fetch(
        """
        select id, at, who, name, roles, areas, route, what, record, address, result, details from audit
        where ($1::text is null or who = $1) and ($2::text is null or record = $2)
          and ($3::timestamptz is null or at >= $3) and ($4::timestamptz is null or at < $4)
          and ($5::bigint is null or id < $5)
        order by id desc limit $6
        """,
        who,
        record,
        since,
        until,
        before,
        limit,
    )
    return rows
