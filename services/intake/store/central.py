"""What the ministry's words said, file by file, and where they do not go with our own record."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.messaging.transaction import Connection


class Apart(NamedTuple):
    """Words and states that cannot both be: `ahead`, the centre says done and we are not; `behind`, the other way."""

    ahead: Sequence[str]
    we_wait: Sequence[str]
    behind: Sequence[str]
    we_handed_on: Sequence[str]


async def count_words(conn: Connection, import_id: UUID, words: Counter[str]) -> None:
    """Add how often each word came in a part of the file."""
    await conn.execute(
        """
        insert into clearance_word as w (import_id, word, n) select $1, * from unnest($2::text[], $3::integer[])
        on conflict (import_id, word) do update set n = w.n + excluded.n
        """,
        import_id,
        list(words),
        list(words.values()),
    )


async def note_differences(conn: Connection, import_id: UUID, found: Iterable[tuple[UUID, str, str]]) -> None:
    """Keep which (application, word, our state) in the file cannot be."""
    rows = sorted(set(found))
    await conn.execute(
        """
        insert into clearance_difference (import_id, application_id, word, state)
        select $1, * from unnest($2::uuid[], $3::text[], $4::text[]) on conflict do nothing
        """,
        import_id,
        [id_ for id_, _, _ in rows],
        [word for _, word, _ in rows],
        [state for _, _, state in rows],
    )


async def words_of(conn: Connection, import_id: UUID) -> list[asyncpg.Record]:
    """The words of a file, the most frequent first."""
    rows: list[asyncpg.Record] = await conn.fetch(
        "select word, n from clearance_word where import_id = $1 order by n desc, word", import_id
    )
    return rows


async def differences_of(conn: Connection, import_id: UUID, limit: int) -> list[asyncpg.Record]:
    """What in a file did not go with our record, as it was then."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select a.office_number, d.word, d.state
        from clearance_difference d join application a on a.id = d.application_id
        where d.import_id = $1 order by d.application_id limit $2
        """,
        import_id,
        limit,
    )
    return rows


async def differences(
    conn: Connection, within: Sequence[str], apart: Apart, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Where the standing word and our state cannot both be, in order of registration. `within`: patterns of places."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select id, office_number, document_kind, state, kelurahan_code, rw, central_status, central_status_at
        from application
        where ((central_status = any($2::text[]) and state = any($3::text[]))
            or (central_status = any($4::text[]) and state = any($5::text[])))
            and kelurahan_code || '/' || rw like any ($1::text[]) and ($6::uuid is null or id > $6)
        order by id limit $7
        """,
        within,
        *apart,
        after,
        limit,
    )
    return rows
