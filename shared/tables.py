"""How the tables of a database stand to this code: what they lack, and what newer code has done to them.

Migrations run in two phases, so that a new version can take over from one that is still at work, and give back to it.
What is in `migrations/` comes before: it adds, and former code goes on with it. What is in `migrations/after/` takes
away what former code needed, so it comes once that has ended, and from then on there is no way back.
"""

from pathlib import Path
from typing import Final, NamedTuple

from shared.messaging.transaction import Connection
from shared.packages import migrations_of

SHARED: Final = Path(__file__).parent / "schema"
AFTER: Final = "after"
"""The folder, beside those that come before, of migrations that come after."""
DONE_BEFORE: Final = "schema_migrations"
DONE_AFTER: Final = "schema_migrations_after"
"""The tables in which dbmate notes by number what it has done, in the transaction that does it."""


class TablesError(RuntimeError):
    """This code cannot work with the tables as they are; the text says why and what to do."""


class Standing(NamedTuple):
    """The tables of one database beside this code."""

    new: bool
    """There are none yet."""
    version: str | None
    """Whose code worked on them last; None: one that did not write it down."""
    before: tuple[str, ...]
    """Files of ours that are to run, and may while former code works."""
    after: tuple[str, ...]
    """Files of ours that are to run once former code has ended."""
    ahead: tuple[str, ...]
    """Numbers of what newer code has added. We go on with it."""
    beyond: tuple[str, ...]
    """Numbers of what newer code has done after its predecessor's end. We cannot go on."""


def folders(service: str, *, after: bool) -> list[Path]:
    """Where the migrations of one phase are: the shared ones, then the service's own."""
    found = [folder / AFTER if after else folder for folder in (SHARED, migrations_of(service)) if folder]
    return [folder for folder in found if any(folder.glob("*.sql"))]


def files(service: str, *, after: bool) -> dict[str, str]:
    """Names of the files of one phase, by number, in their order."""
    names = sorted(path.name for folder in folders(service, after=after) for path in folder.glob("*.sql"))
    return {name.partition("_")[0]: name for name in names}


async def standing(conn: Connection, service: str) -> Standing:
    """How the tables of the service's database stand to this code."""
    new = not await _there(conn, DONE_BEFORE)
    done, finished = await numbers(conn, DONE_BEFORE), await numbers(conn, DONE_AFTER)
    before, after = files(service, after=False), files(service, after=True)
    return Standing(
        new,
        await _version(conn),
        tuple(name for number, name in before.items() if number not in done),
        tuple(name for number, name in after.items() if number not in finished),
        tuple(sorted(done - before.keys())),
        tuple(sorted(finished - after.keys())),
    )


def refuse_what_is_unfit(found: Standing) -> None:
    """Lets tables pass that this code can work on.

    Raises:
        TablesError: they lack something, or newer code took it from them.
    """
    refuse_what_is_beyond(found)
    if found.before:
        raise TablesError(
            f"it lacks {', '.join(found.before)}: first run `docker compose run --rm databases` in an installation, "
            "`antar migrate` elsewhere"
        )


def refuse_what_is_beyond(found: Standing) -> None:
    """Lets newer tables pass that were only added to.

    Raises:
        TablesError: something was taken from them that this code needs.
    """
    if found.beyond:
        raise TablesError(
            f"its upgrade to {found.version or 'a newer version'} is finished (migration {', '.join(found.beyond)}), "
            "so older code cannot work on it: start that version, or a newer one"
        )


async def _there(conn: Connection, table: str) -> bool:
    return bool(await conn.fetchval("select to_regclass($1) is not null", table))


async def numbers(conn: Connection, table: str) -> set[str]:
    """Of the migrations that one of the two tables says were done."""
    if not await _there(conn, table):
        return set()
    return {row["version"] for row in await conn.fetch(f"select version from {table}")}  # noqa: S608 - one of two


async def _version(conn: Connection) -> str | None:
    if not await _there(conn, "version_history"):
        return None
    found: str | None = await conn.fetchval("select version from version_history order by id desc limit 1")
    return found
