"""The memory of the simulated printer; no other part of the service reads it."""

from collections.abc import Sequence
from uuid import UUID

from shared.messaging import Connection


async def remember(
    conn: Connection, run_ids: Sequence[UUID], application_ids: Sequence[UUID], serials: Sequence[str | None]
) -> set[UUID]:
    """Keep the jobs as printed; the applications among them that had not been printed in that run before.

    Raises:
        asyncpg.UniqueViolationError: a blank came to the printer for another job before.
    """
    rows = await conn.fetch(
        """
        insert into simulated_print (run_id, application_id, serial)
        select * from unnest($1::uuid[], $2::uuid[], $3::text[])
        on conflict (run_id, application_id) do nothing
        returning application_id
        """,
        run_ids,
        application_ids,
        serials,
    )
    return {row["application_id"] for row in rows}
