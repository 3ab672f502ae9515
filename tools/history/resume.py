"""Lets a reader go on with a stream that it had stopped, once its writer is repaired."""

from collections.abc import Sequence

import asyncpg

from shared.events.catalogue import topics
from tools.errors import PlatformError
from tools.history.reading import History


async def stopped_streams(dsn: str) -> list[str]:
    """The topics of which a service applies nothing now."""
    conn = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await conn.fetch("select topic from stopped_stream order by topic")]
    finally:
        await conn.close()


async def resume(dsn: str, writer: str, history: History) -> Sequence[str]:
    """Let the service at `dsn` pass over what was said again, and go on; the topics that it goes on with.

    The running service notices within seconds, ends, and reads on from its committed offsets when its
    supervisor has started it again.

    Raises:
        PlatformError: something was not said again yet: its readers would never hear of it.
    """
    if unsaid := history.unsaid():
        raise PlatformError(
            f"{len(unsaid)} facts of {writer} stand on the log under used versions only: "
            f"first `antar history repair {writer}`, then start {writer} and let it send."
        )
    owned = [topic.name for topic in topics().values() if topic.owner == writer]
    conn = await asyncpg.connect(dsn)
    try:
        async with conn.transaction():
            await conn.executemany(
                "insert into settled_event values ($1) on conflict do nothing", [(id_,) for id_ in history.displaced]
            )
            rows = await conn.fetch("delete from stopped_stream where topic = any($1) returning topic", owned)
        return [row[0] for row in rows]
    finally:
        await conn.close()
