"""Gives free blanks to the head of the queue whenever the two meet: never too many, always in the same order.

A draw fixes who is in it and in which place in one statement, however many they are; the orders then get their
blanks and are told in parts, so that a hundred thousand of them hold nothing up.
"""

from collections.abc import Sequence
from uuid import UUID, uuid4

from asyncpg import Record

from services.printing.domain import POLICY, now
from services.printing.store import draws, stock
from shared.events.printing import BlankAllocated, BlankStockRanLow
from shared.messaging import Connection, Database, Transaction

PART = 2_000
"""Orders allocated in one transaction: about a tenth of a second for which the stock is held."""


async def hold(conn: Connection, stock_ids: Sequence[str]) -> dict[str, int]:
    """Lock the stocks, opening those that do not exist yet; returns the unreserved blanks of each.

    A stock is opened by the first order that waits for it, or else that order and the first blanks could
    arrive side by side without seeing each other.
    """
    free = await stock.lock_stocks(conn, stock_ids)
    missing = sorted(set(stock_ids) - set(free))
    for stock_id in missing:
        site, _, blank_kind = stock_id.partition("/")
        await stock.open_stock(conn, stock_id, site, blank_kind)
    return await stock.lock_stocks(conn, stock_ids) if missing else free


async def allocate(tx: Transaction, stock_ids: Sequence[str]) -> None:
    """Draw for whoever waits for the free blanks of these stocks. Costs one query while there are none."""
    for stock_id, free in (await hold(tx.conn, stock_ids)).items():
        if free > 0 and await draws.open_draw(tx.conn, stock_id) is None:
            await _draw(tx, stock_id, free)
            await watch_levels(tx, [stock_id])


async def _draw(tx: Transaction, stock_id: str, free: int) -> None:
    draw_id, at = uuid4(), now()
    size = await draws.fix_places(tx.conn, draw_id, stock_id, free)
    if size == 0:
        return
    upto = min(size, PART)
    await draws.write_draw(tx.conn, draw_id, stock_id, POLICY.version, size, upto, at)
    await stock.book_reserved(tx.conn, stock_id, size, draw_id, at)
    await _allocate_part(tx, stock_id, draw_id, 0, upto)


async def _settle_part(tx: Transaction, draw: Record) -> None:
    upto = min(draw["size"], draw["settled"] + PART)
    await draws.settle(tx.conn, draw["draw_id"], upto)
    await _allocate_part(tx, draw["stock_id"], draw["draw_id"], draw["settled"], upto)


async def _allocate_part(tx: Transaction, stock_id: str, draw_id: UUID, after: int, upto: int) -> None:
    at = now()
    given = await draws.allocate_part(tx.conn, draw_id, after, upto, at)
    ended_meanwhile = upto - after - len(given)
    if ended_meanwhile:
        await stock.book_undrawn(tx.conn, stock_id, ended_meanwhile, draw_id, at)
    tx.announce(*(BlankAllocated(**order, allocated_at=at) for order in given))


async def watch_levels(tx: Transaction, stock_ids: Sequence[str]) -> None:
    """Tell of stocks that fell under their warning level: once for each fall."""
    low = await stock.mark_low(tx.conn, stock_ids)
    tx.announce(
        *(
            BlankStockRanLow(
                stock_id=fell["stock_id"],
                site=fell["site"],
                blank_kind=fell["blank_kind"],
                available=fell["available"],
                warning_level=fell["level"],
                noticed_at=now(),
            )
            for fell in low
        )
    )


async def continue_draws(db: Database) -> bool:
    """Worker: settle the next part of each open draw, and draw where free blanks and a queue lie side by side."""
    async with db.reading() as conn:
        stock_ids = await draws.stocks_to_serve(conn)
    for stock_id in stock_ids:
        async with db.transaction() as tx:
            await hold(tx.conn, [stock_id])
            draw = await draws.open_draw(tx.conn, stock_id)
            if draw is not None:
                await _settle_part(tx, draw)
            else:
                await allocate(tx, [stock_id])
    return bool(stock_ids)
