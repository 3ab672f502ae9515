"""Files worked through: how far, with what result, and why rows were refused."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from shared.messaging.transaction import Connection

APPLICATIONS: Final = "APPLICATIONS"
CLEARANCES: Final = "CLEARANCES"
"""What a file is about."""


class Refusal(NamedTuple):
    """One refused row in our own words; the row itself sealed, and the keyed hashes by which its person is found."""

    row_number: int
    field: str
    code: str
    sentence: str
    written_sealed: bytes | None = None
    persons: Sequence[bytes] = ()


async def begin(conn: Connection, import_id: UUID, purpose: str, name: str | None) -> None:
    """A file came in."""
    await conn.execute("insert into import (id, purpose, name) values ($1, $2, $3)", import_id, purpose, name)


async def note_layout(conn: Connection, import_id: UUID, header: Sequence[str], separator: str) -> None:
    """Keep how the file is laid out, so that refused rows can be given back as that file."""
    await conn.execute(
        "update import set header = $2, separator = $3 where id = $1 and header is null",
        import_id,
        [cell.replace("\0", "") for cell in header],
        separator,
    )


async def rows_done(conn: Connection, import_id: UUID) -> int:
    """How many rows are counted; locks the file's row until the transaction ends."""
    done: int = await conn.fetchval("select rows from import where id = $1 for update", import_id)
    return done


async def advance(conn: Connection, import_id: UUID, counts: Mapping[str, int], bytes_done: int) -> None:
    """Add what became of some more rows, with which the file is read up to about `bytes_done`."""
    await conn.execute(
        """
        update import set
            moved_at = now(),
            rows = rows + $2 + $3 + $4 + $5 + $6 + $7,
            taken = taken + $2, already_taken = already_taken + $3, cleared = cleared + $4,
            already_cleared = already_cleared + $5, mirrored = mirrored + $6, refused = refused + $7,
            warnings = warnings + $8, bytes_done = $9
        where id = $1
        """,
        import_id,
        *(counts.get(k, 0) for k in ("taken", "already_taken", "cleared", "already_cleared", "mirrored", "refused")),
        counts.get("warnings", 0),
        bytes_done,
    )


async def add_refusals(conn: Connection, import_id: UUID, refusals: Sequence[Refusal]) -> None:
    """Keep why rows were refused."""
    await conn.execute(
        """
        insert into import_refusal (import_id, row_number, field, code, sentence, written_sealed, persons)
        select $1, row_number, field, code, sentence, written_sealed, string_to_array(persons, ' ')::bytea[]
        from unnest($2::integer[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[])
            as r (row_number, field, code, sentence, written_sealed, persons)
        """,
        import_id,
        [r.row_number for r in refusals],
        [r.field for r in refusals],
        [r.code for r in refusals],
        [r.sentence for r in refusals],
        [r.written_sealed for r in refusals],
        # Not an array of arrays: those must all be of one length.
        [" ".join(rf"\x{person.hex()}" for person in r.persons) for r in refusals],
    )


async def finish(conn: Connection, import_id: UUID) -> None:
    """The file was worked through to its end; it is not kept any longer."""
    await conn.execute(
        """
        update import set finished_at = now(), moved_at = now(), bytes_done = coalesce(size, bytes_done)
        where id = $1
        """,
        import_id,
    )
    await conn.execute("delete from import_piece where import_id = $1", import_id)


async def summary(conn: Connection, import_id: UUID, purpose: str) -> asyncpg.Record | None:
    """How far a file is, and its state in a word."""
    return await conn.fetchrow(
        "select i.*, import_state(i) as state from import i where id = $1 and purpose = $2", import_id, purpose
    )


async def refused_by_code(conn: Connection, import_id: UUID) -> dict[str, int]:
    """How many rows were refused for what."""
    rows = await conn.fetch(
        "select code, count(*) as n from import_refusal where import_id = $1 group by code order by code", import_id
    )
    return {row["code"]: row["n"] for row in rows}


async def refusals(conn: Connection, import_id: UUID, after: int, limit: int) -> list[asyncpg.Record]:
    """Refused rows in the order of the file."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select row_number, field, code, sentence from import_refusal
        where import_id = $1 and row_number > $2 order by row_number limit $3
        """,
        import_id,
        after,
        limit,
    )
    return rows


async def met(conn: Connection, import_id: UUID, fingerprints: Sequence[bytes]) -> set[bytes]:
    """What of this was said in the file before."""
    rows = await conn.fetch(
        "select fingerprint from import_row where fingerprint = any($1::bytea[]) and import_id = $2",
        fingerprints,
        import_id,
    )
    return {row[0] for row in rows}


async def meet(conn: Connection, import_id: UUID, rows: Iterable[tuple[int, bytes]]) -> None:
    """Note rows (number, fingerprint) that say something new in this file."""
    await conn.copy_records_to_table(
        "import_row",
        records=[(import_id, number, fingerprint) for number, fingerprint in rows],
        columns=("import_id", "row_number", "fingerprint"),
    )


async def accepted(conn: Connection, import_id: UUID, after: int, limit: int) -> list[asyncpg.Record]:
    """Rows that are applications by now, in the order of the file."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select r.row_number, a.office_number, a.tracking_code, a.id
        from import_row r join application a on a.source_fingerprint = r.fingerprint
        where r.import_id = $1 and r.row_number > $2 order by r.row_number limit $3
        """,
        import_id,
        after,
        limit,
    )
    return rows
