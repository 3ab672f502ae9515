"""What each database tells before an upgrade: its tables, who works on them, and whether something is amiss."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from shared.tables import Standing, standing
from tools.deployment import ask

if TYPE_CHECKING:
    import asyncpg

UNTOLD: Final = "an unknown version"
"""Of a process that does not say which it is."""

_RUNNING: Final = """
select distinct split_part(application_name, '/', 2) as version from pg_stat_activity
where datname = current_database() and split_part(application_name, '/', 1) = $1
"""
_UNSENT_SECONDS: Final = "select coalesce(extract(epoch from now() - min(created_at)), 0)::float from outbox"


class Sight(NamedTuple):
    """One service's database; `unsent_seconds` is the age of the oldest fact that is not on the log yet."""

    tables: Standing
    running: tuple[str, ...]
    unsent: int = 0
    unsent_seconds: float = 0
    parked: int = 0
    stopped: tuple[str, ...] = ()


async def look(databases: Mapping[str, str]) -> tuple[dict[str, Sight], dict[str, str]]:
    """Asks all of them; for those that do not answer a sentence why."""
    return await ask(databases, _sight)


async def _sight(service: str, conn: "asyncpg.Connection") -> Sight:
    tables = await standing(conn, service)
    running = tuple(sorted(row["version"] or UNTOLD for row in await conn.fetch(_RUNNING, service)))
    if tables.new:
        return Sight(tables, running)
    return Sight(
        tables,
        running,
        await conn.fetchval("select count(*) from outbox"),
        await conn.fetchval(_UNSENT_SECONDS),
        await conn.fetchval("select count(*) from parked"),
        tuple(row["topic"] for row in await conn.fetch("select topic from stopped_stream order by topic")),
    )
