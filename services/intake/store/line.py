"""The line of files that are worked through in the background, one by one; and what is kept of them meanwhile."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.messaging.transaction import Connection


class InLine(NamedTuple):
    """The file whose turn it is, how many of its rows are counted, and who sent it."""

    id: UUID
    purpose: str
    rows: int


class Arrival(NamedTuple):
    """A file as it came: `content` is the keyed hash of its `size` bytes, `who` the subject of the sender."""

    id: UUID
    purpose: str
    name: str | None
    size: int
    content: bytes
    who: str
    who_name: str


async def join(conn: Connection, arrival: Arrival) -> bool:
    """Put the file at the end of the line; False when the same file is known already."""
    joined = await conn.fetchval(
        """
        insert into import (id, purpose, name, size, content_hash, who, who_name, in_background)
        values ($1, $2, $3, $4, $5, $6, $7, true) on conflict do nothing returning true
        """,
        arrival.id,
        arrival.purpose,
        arrival.name,
        arrival.size,
        arrival.content,
        arrival.who,
        arrival.who_name,
    )
    return bool(joined)


async def same(conn: Connection, purpose: str, content: bytes) -> asyncpg.Record | None:
    """The run of the same file, if there was one."""
    return await conn.fetchrow(
        "select id, started_at from import where purpose = $1 and content_hash = $2", purpose, content
    )


async def keep_piece(conn: Connection, import_id: UUID, number: int, sealed: bytes) -> None:
    """Keep the next piece of the file."""
    await conn.execute(
        "insert into import_piece (import_id, number, sealed) values ($1, $2, $3)", import_id, number, sealed
    )


async def pieces(conn: Connection, import_id: UUID) -> AsyncIterator[tuple[int, bytes]]:
    """The pieces of the file in order, one at a time."""
    number = 0
    while sealed := await conn.fetchval(
        "select sealed from import_piece where import_id = $1 and number = $2", import_id, number
    ):
        yield number, sealed
        number += 1


async def first(conn: Connection) -> InLine | None:
    """Whose turn it is."""
    row = await conn.fetchrow(
        """
        select id, purpose, rows from import
        where in_background and finished_at is null and stopped_at is null and failed_at is null
        order by id limit 1
        """
    )
    return InLine(*row) if row else None


async def stop(conn: Connection, import_id: UUID) -> bool:
    """Let the file rest from here on; False when it does not run."""
    stopped = await conn.fetchval(
        """
        update import set stopped_at = now()
        where id = $1 and in_background and finished_at is null and stopped_at is null and failed_at is null
        returning true
        """,
        import_id,
    )
    return bool(stopped)


async def go_on(conn: Connection, import_id: UUID) -> bool:
    """Take the file up again where it was left; False when it does not rest, or is not kept any more."""
    resumed = await conn.fetchval(
        """
        update import set stopped_at = null, failed_at = null, moved_at = now()
        where id = $1 and in_background and finished_at is null and forgotten_at is null
          and (stopped_at is not null or failed_at is not null)
        returning true
        """,
        import_id,
    )
    return bool(resumed)


async def fail(conn: Connection, import_id: UUID) -> None:
    """A fault of ours stands in the way of this file: let others pass."""
    await conn.execute("update import set failed_at = now() where id = $1 and finished_at is null", import_id)


async def listed(conn: Connection, purpose: str, before: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Runs, the latest first."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select i.id, i.name, i.who_name, i.started_at, i.rows, i.taken, i.already_taken, i.refused, i.warnings,
            import_state(i) as state
        from import i where purpose = $1 and ($2::uuid is null or id < $2) order by id desc limit $3
        """,
        purpose,
        before,
        limit,
    )
    return rows


async def written(conn: Connection, import_id: UUID, after: int, limit: int) -> list[asyncpg.Record]:
    """Refused rows as they came, sealed, with the reason, in the order of the file."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select row_number, sentence, written_sealed from import_refusal
        where import_id = $1 and row_number > $2 and written_sealed is not null order by row_number limit $3
        """,
        import_id,
        after,
        limit,
    )
    return rows


async def forget(conn: Connection, older: timedelta) -> Sequence[UUID]:
    """Delete files and refused rows of runs that have not moved for so long; returns the runs.

    A file that was not worked through to its end may be sent again.
    """
    rows = await conn.fetch(
        """
        update import set
            forgotten_at = now(),
            content_hash = case when finished_at is null then null else content_hash end
        where forgotten_at is null and moved_at < now() - $1::interval
          and (not in_background or finished_at is not null or stopped_at is not null or failed_at is not null)
        returning id
        """,
        older,
    )
    ids = [row["id"] for row in rows]
    await conn.execute("delete from import_piece where import_id = any($1::uuid[])", ids)
    await conn.execute(
        """
        update import_refusal set written_sealed = null, persons = null
        where import_id = any($1::uuid[]) and written_sealed is not null
        """,
        ids,
    )
    return ids
