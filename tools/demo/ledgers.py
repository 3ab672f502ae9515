"""Reads the four databases into the books, with plain SQL and without changing anything."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import asyncpg

from tools.demo.books import Books, Ids, Stock

_STOCK = """
    select stock_id, received, transferred_in, in_stock, reserved, printed, spoiled, transferred_out, missing
    from stock order by stock_id
    """
_ON_ITS_WAY = """
    select application_id from delivery join custody using (application_id)
    where state = 'ASSIGNED' or holder <> 'OFFICE' or move > 0
    """
_VISITS = "select outcome, count(*) from courier_act where accepted and kind = 'attempt' group by 1 order by 1"
_MESSAGES = "select milestone, state, count(*) from message group by 1, 2 order by 1, 2"


async def read_books(addresses: Mapping[str, str]) -> Books:
    """What the services believe now; call it when nothing moves."""
    readers = (_intake, _printing, _dispatch, _notify)
    parts = await asyncio.gather(*(_reading(addresses[reader.__name__[1:]], reader) for reader in readers))
    common = {
        name: common for name, (_, common) in zip(("intake", "printing", "dispatch", "notify"), parts, strict=True)
    }
    columns = {column: value for own, _ in parts for column, value in own.items()}
    unsent = {name: n for name, (n, _) in common.items()}
    return Books(**columns, unsent=unsent, parked={name: n for name, (_, n) in common.items()})


async def _reading(address: str, reader: Any) -> tuple[dict[str, Any], tuple[int, int]]:
    connection = await asyncpg.connect(address, server_settings={"default_transaction_read_only": "on"})
    try:
        own = await reader(connection)
        return own, (
            await connection.fetchval("select count(*) from outbox"),
            await connection.fetchval("select count(*) from parked"),
        )
    finally:
        await connection.close()


async def _ids(connection: asyncpg.Connection, query: str) -> Ids:
    return frozenset(str(row[0]) for row in await connection.fetch(query))


async def _counts(connection: asyncpg.Connection, query: str) -> Counter[Any]:
    return Counter(
        {row[0] if len(row) == 2 else tuple(row[:-1]): row[-1] for row in map(tuple, await connection.fetch(query))}
    )


async def _intake(c: asyncpg.Connection) -> dict[str, Any]:
    return {
        "taken": await _ids(c, "select id from application"),
        "cleared": await _ids(c, "select id from application where cleared_at is not null"),
        "cancelled": await _ids(c, "select id from application where cancelled_at is not null"),
        "closed": await _ids(c, "select id from application where state = 'CLOSED'"),
        "application_states": await _counts(c, "select state, count(*) from application group by 1 order by 1"),
    }


async def _printing(c: asyncpg.Connection) -> dict[str, Any]:
    return {
        "orders": await _ids(c, "select application_id from print_order"),
        "printed": await _ids(c, "select application_id from print_order where printed_at is not null"),
        "on_blank": await _ids(c, "select application_id from ledger where movement = 'PRINTED'"),
        "order_states": await _counts(c, "select state, count(*) from print_order group by 1 order by 1"),
        "stocks": tuple(Stock(**dict(row)) for row in await c.fetch(_STOCK)),
        "serials": await _counts(c, "select serial, 1 from blank where state <> 'IN_STOCK'"),
    }


async def _dispatch(c: asyncpg.Connection) -> dict[str, Any]:
    return {
        "deliveries": await _ids(c, "select application_id from delivery where state <> 'EXPECTED'"),
        "assigned": await _ids(c, _ON_ITS_WAY),
        "delivered": await _ids(c, "select application_id from delivery where state = 'DELIVERED'"),
        "returned": await _ids(c, "select application_id from delivery where state = 'RETURNED'"),
        "delivery_states": await _counts(
            c, "select state, count(*) from delivery where state <> 'EXPECTED' group by 1 order by 1"
        ),
        "visits": await _counts(c, _VISITS),
        "holders": await _counts(c, "select holder, count(*) from custody group by 1 order by 1"),
    }


async def _notify(c: asyncpg.Connection) -> dict[str, Any]:
    return {"messages": await _counts(c, _MESSAGES)}
