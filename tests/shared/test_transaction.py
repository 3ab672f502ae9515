"""What announcing a fact promises: with its effect or not at all, numbered without gaps, in the order of its versions."""

import asyncio

import pytest
from uuid_utils.compat import uuid7

from shared.events.intake import RECIPIENT
from shared.messaging.transaction import MAX_PAYLOAD, Database
from tests.shared.conftest import Reader, assigned, completed, recipient


async def outbox(reader: Reader) -> list[tuple[str, int]]:
    rows = await reader.pool.fetch("select key, version from outbox order by id")
    return [(r["key"], r["version"]) for r in rows]


async def test_facts_of_one_application_are_numbered_from_one_without_gaps(reader: Reader) -> None:
    db, key, other = Database(reader.pool, "dispatch"), uuid7(), uuid7()
    async with db.transaction() as tx:
        tx.announce(assigned(key), assigned(other), completed(key))
    async with db.transaction() as tx:
        tx.announce(assigned(key))
    assert await outbox(reader) == [(str(key), 1), (str(other), 1), (str(key), 2), (str(key), 3)]


async def test_a_transaction_that_fails_announces_nothing_and_uses_no_number(reader: Reader) -> None:
    db, key = Database(reader.pool, "dispatch"), uuid7()
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as tx:
            tx.announce(assigned(key))
            raise ZeroDivisionError
    async with db.transaction() as tx:
        tx.announce(assigned(key))
    assert await outbox(reader) == [(str(key), 1)]


async def test_outbox_ids_rise_with_versions_though_many_announce_of_one_application_at_once(reader: Reader) -> None:
    db, key = Database(reader.pool, "dispatch"), uuid7()

    async def one() -> None:
        async with db.transaction() as tx:
            tx.announce(assigned(key), completed(key))

    await asyncio.gather(*(one() for _ in range(25)))
    assert [version for _, version in await outbox(reader)] == list(range(1, 51))


async def test_crossing_announcements_never_lock_each_other_out(reader: Reader) -> None:
    db, keys = Database(reader.pool, "dispatch"), [uuid7() for _ in range(20)]

    async def one(order: list[object]) -> None:
        async with db.transaction() as tx:
            tx.announce(*(assigned(k) for k in order))  # type: ignore[arg-type]

    await asyncio.gather(*(one(keys if n % 2 else keys[::-1]) for n in range(20)))
    assert len(await outbox(reader)) == 400


async def test_a_service_cannot_speak_for_another(reader: Reader) -> None:
    with pytest.raises(ValueError, match="written by dispatch alone"):
        async with Database(reader.pool, "printing").transaction() as tx:
            tx.announce(assigned(uuid7()))


async def test_only_a_state_can_be_erased(reader: Reader) -> None:
    async with Database(reader.pool, "intake").transaction() as tx:
        tx.erase(RECIPIENT, "a")
    assert await reader.pool.fetchval("select payload is null from outbox")
    with pytest.raises(ValueError, match="keeps facts"):
        async with Database(reader.pool, "dispatch").transaction() as tx:
            tx.erase(assigned(uuid7()).stream, "a")


async def test_a_fact_too_large_for_the_log_is_refused_when_it_is_announced(reader: Reader) -> None:
    with pytest.raises(ValueError, match="too large"):
        async with Database(reader.pool, "intake").transaction() as tx:
            tx.announce(recipient(uuid7(), "A" * MAX_PAYLOAD))
