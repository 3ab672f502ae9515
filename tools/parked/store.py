"""What the parking table says: groups, rows, one record and its neighbours, and what people did."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tools.parked.choice import FITS, Choice

if TYPE_CHECKING:
    import asyncpg

# The type as it stands in the packed headers, in base64; not read as JSON, since a broken name would fail the query.
_TYPE = """substring(convert_from(p.headers, 'UTF8') from '\\["ce_type", "([A-Za-z0-9+/=]*)"\\]')"""

_ROW = f"""
    p.topic, p.partition, p.record_offset, p.key, p.version, p.code, p.attempts, p.parked_at, p.retry,
    {_TYPE} as type
"""


async def groups(conn: "asyncpg.Connection", choice: Choice) -> list["asyncpg.Record"]:
    """By cause: topic, code, type; with the number, the first and last moment, and one record for an example."""
    rows: list[asyncpg.Record] = await conn.fetch(
        f"""
        select p.topic, p.code, {_TYPE} as type, count(*) as records, min(p.parked_at) as oldest,
            max(p.parked_at) as newest, count(*) filter (where p.retry) as to_retry,
            (array_agg(p.key order by p.parked_at))[1] as key,
            (array_agg(p.partition order by p.parked_at))[1] as partition,
            (array_agg(p.record_offset order by p.parked_at))[1] as record_offset
        from parked p where {FITS}
        group by 1, 2, 3 order by p.code = 'gap', min(p.parked_at)
        """,  # noqa: S608 - constants of this package
        *choice.arguments(),
    )
    return rows


async def rows(conn: "asyncpg.Connection", choice: Choice, limit: int | None) -> list["asyncpg.Record"]:
    """Single records, the oldest first within their key."""
    found: list[asyncpg.Record] = await conn.fetch(
        f"select {_ROW} from parked p where {FITS} order by p.topic, p.key, p.version, p.record_offset limit $8",  # noqa: S608
        *choice.arguments(),
        limit,
    )
    return found


async def count(conn: "asyncpg.Connection", choice: Choice) -> int:
    """How many records are meant."""
    return int(await conn.fetchval(f"select count(*) from parked p where {FITS}", *choice.arguments()))  # noqa: S608


async def whole(conn: "asyncpg.Connection", choice: Choice, limit: int) -> list["asyncpg.Record"]:
    """The records with everything they hold, and the position of each one's aggregate (`applied`)."""
    found: list[asyncpg.Record] = await conn.fetch(
        f"""
        select {_ROW}, p.raw_key, p.raw_value, p.headers, s.version as applied
        from parked p left join stream_position s on s.topic = p.topic and s.key = p.key
        where {FITS} order by p.topic, p.key, p.version, p.record_offset limit $8
        """,  # noqa: S608
        *choice.arguments(),
        limit,
    )
    return found


async def behind(conn: "asyncpg.Connection", row: Any) -> list["asyncpg.Record"]:
    """What is parked of the same aggregate with a later version."""
    if row["key"] is None or row["version"] is None:
        return []
    found: list[asyncpg.Record] = await conn.fetch(
        f"select {_ROW} from parked p where p.topic = $1 and p.key = $2 and p.version > $3 order by p.version",  # noqa: S608
        row["topic"],
        row["key"],
        row["version"],
    )
    return found


async def actions(conn: "asyncpg.Connection", choice: Choice, limit: int) -> Sequence["asyncpg.Record"]:
    """What people did with records, the latest first."""
    found: list[asyncpg.Record] = await conn.fetch(
        f"""
        select p.* from (
            select a.*, a.at as parked_at from parked_action a
        ) p where {FITS} order by p.at desc, p.id desc limit $8
        """,  # noqa: S608
        *choice.arguments(),
        limit,
    )
    return found
