"""What a transaction announces and what it changes: both, or neither."""

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from shared.messaging.transaction import Database
from tests.shared.conftest import Reader, assigned


async def test_what_cannot_be_announced_has_no_effect_either(reader: Reader) -> None:
    await reader.pool.execute("alter table outbox add check (topic = '')")
    with pytest.raises(asyncpg.CheckViolationError):
        async with Database(reader.pool, "dispatch").transaction() as tx:
            await tx.conn.execute("insert into effect (key, version, what) values ('k', 1, 'done')")
            tx.announce(assigned(uuid7()))
    assert await reader.effects() == []
