"""What forms are checked against: document kinds and neighbourhoods; and the office's running numbers."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.intake.domain import DocumentKind
from shared.messaging.transaction import Connection


async def document_kinds(conn: Connection) -> list[DocumentKind]:
    """All kinds of all times."""
    rows = await conn.fetch(
        """
        select code, valid_from, valid_to, name_id, name_en, office_prefix, blank_kind, nik_required, clearing_words
        from document_kind
        """
    )
    return [DocumentKind(**{**row, "clearing_words": frozenset(row["clearing_words"])}) for row in rows]


async def neighbourhoods(conn: Connection) -> set[tuple[str, str]]:
    """All known (kelurahan code, rw)."""
    return {(row[0], row[1]) for row in await conn.fetch("select kelurahan_code, rw from rw")}


async def add_neighbourhoods(conn: Connection, rws: Sequence[tuple[str, str]]) -> None:
    """Add those that are not known yet."""
    await conn.execute(
        "insert into rw (kelurahan_code, rw) select * from unnest($1::text[], $2::text[]) on conflict do nothing",
        [code for code, _ in rws],
        [rw for _, rw in rws],
    )


async def reserve_numbers(conn: Connection, wanted: Mapping[tuple[str, date], int]) -> dict[tuple[str, date], int]:
    """Take so many office numbers of each (prefix, first of month); returns the last one taken of each.

    The rows are locked in sorted order until the transaction ends, so two takers wait for each other and do not cross.
    """
    keys = sorted(wanted)
    rows = await conn.fetch(
        """
        insert into office_number as n (prefix, month, last)
        select * from unnest($1::text[], $2::date[], $3::bigint[])
        on conflict (prefix, month) do update set last = n.last + excluded.last
        returning prefix, month, last
        """,
        [prefix for prefix, _ in keys],
        [month for _, month in keys],
        [wanted[key] for key in keys],
    )
    return {(row["prefix"], row["month"]): row["last"] for row in rows}
