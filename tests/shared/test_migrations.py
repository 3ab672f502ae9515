"""A database address may say more than where the database is."""

import asyncpg

from shared.migrations import migrate
from tests.platform import Platform


async def test_an_address_with_parameters_is_understood(platform: Platform) -> None:
    dsn = platform.create_database("with_parameters")
    migrate(f"{dsn}?application_name=antar", "core")
    conn = await asyncpg.connect(dsn)
    assert await conn.fetchval("select count(*) from outbox") == 0
    await conn.close()
    platform.drop_database("with_parameters")
