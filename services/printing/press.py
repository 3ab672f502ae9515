"""Print runs: binds blanks to orders, sends them to the printer, keeps what came of it. Safe to be cut off at any line.

The run and its serials are committed before the printer hears of them, and the printer prints a job once however
often it is asked; so after a crash the open run is asked again, and its results are recorded once, under its lock.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from asyncpg import Record

from services.printing.allocation import allocate
from services.printing.domain import now
from services.printing.printer import Job, Outcome, Printer
from services.printing.store import orders, runs, stock
from shared.events.base import Event
from shared.events.printing import BlankSpoiled, DocumentPrinted, DocumentVoided, VoidReason
from shared.messaging import Database, Transaction

RUN = 500
"""Orders in one run of a printer that works by itself."""


class Press:
    """Prints what is allocated or needs no blank; `connect` gives the printer."""

    def __init__(self, connect: Callable[[Database], Printer]) -> None:
        self._connect = connect

    async def step(self, db: Database) -> bool:
        """Worker: first what was at the printer already, then one run for each site and kind."""
        async with db.reading() as conn:
            open_runs = await runs.open_runs(conn)
            lines = await runs.lines_to_print(conn)
        for run in open_runs:
            async with db.reading() as conn:
                jobs = [Job(*job) for job in await runs.jobs(conn, run["run_id"])]
            await self._print(db, run["run_id"], run["stock_id"], jobs)
        started = 0
        for line in lines:
            run_id, jobs = await _bind(db, line)
            if jobs:
                await self._print(db, run_id, line["stock_id"], jobs)
                started += 1
        return bool(open_runs or started)

    async def _print(self, db: Database, run_id: UUID, stock_id: str | None, jobs: Sequence[Job]) -> None:
        outcomes = await self._connect(db).print(jobs)
        async with db.transaction() as tx:
            await _record_run(tx, run_id, stock_id, outcomes)


async def _bind(db: Database, line: Record) -> tuple[UUID, list[Job]]:
    run_id, site, stock_id = uuid4(), line["site"], line["stock_id"]
    async with db.transaction() as tx:
        serials: Sequence[str | None]
        if stock_id is not None:
            await stock.lock_stocks(tx.conn, [stock_id])
            ids = await runs.next_orders(tx.conn, stock_id, RUN)
            serials = await runs.next_blanks(tx.conn, stock_id, len(ids))
        else:
            ids = await runs.next_ready(tx.conn, site, RUN)
            serials = [None] * len(ids)
        if not ids:
            return run_id, []
        await runs.open_run(tx.conn, run_id, site, line["blank_kind"], stock_id, len(ids), now())
        await runs.bind(tx.conn, run_id, ids, serials)
    return run_id, [Job(run_id, i, s) for i, s in zip(ids, serials, strict=True)]


async def _record_run(tx: Transaction, run_id: UUID, stock_id: str | None, outcomes: Sequence[Outcome]) -> None:
    if stock_id is not None:
        await stock.lock_stocks(tx.conn, [stock_id])
    if await runs.lock_run(tx.conn, run_id) is None:
        return
    at = now()
    spoiled = await record(tx, run_id, stock_id, outcomes, at)
    await runs.finish_run(tx.conn, run_id, len(outcomes) - spoiled, spoiled, at)
    if spoiled and stock_id is not None:
        await allocate(tx, [stock_id])


async def record(tx: Transaction, run_id: UUID, stock_id: str | None, outcomes: Sequence[Outcome], at: datetime) -> int:
    """Keep and announce what came of the orders at the printer; returns how many blanks were lost.

    Lock the stock first.
    """
    reasons = {o.application_id: o.spoiled for o in outcomes}
    at_printer = [o for o in await orders.lock_orders(tx.conn, list(reasons)) if o["run_id"] == run_id]
    good = [o["application_id"] for o in at_printer if reasons[o["application_id"]] is None]
    lost = [o["application_id"] for o in at_printer if reasons[o["application_id"]] is not None]
    await runs.keep_printed(tx.conn, good, at)
    if lost:
        await runs.queue_again(tx.conn, lost)
    if stock_id is not None:
        ids = [o["application_id"] for o in at_printer]
        serials = [o["serial"] for o in at_printer]
        await stock.book_used(tx.conn, stock_id, run_id, ids, serials, [reasons[i] for i in ids], at)
    for order in sorted(at_printer, key=_service_order):
        reason = reasons[order["application_id"]]
        if reason is None:
            tx.announce(*_printed(order, at))
        else:
            tx.announce(BlankSpoiled(**_pick(order, _BLANK), reason=reason, spoiled_at=at))
    return len(lost)


_BLANK = ("application_id", "site", "blank_kind", "serial")
_DOCUMENT = (*_BLANK, "document_kind", "run_id", "kelurahan_code", "rw")


def _pick(order: Record, columns: Sequence[str]) -> dict[str, Any]:
    return {column: order[column] for column in columns}


def _service_order(order: Record) -> tuple[int, datetime, UUID]:
    return order["class_rank"] or 0, order["place_since"], order["application_id"]


def _printed(order: Record, at: datetime) -> list[Event]:
    said: list[Event] = [DocumentPrinted(**_pick(order, _DOCUMENT), printed_at=at)]
    if order["cancelled_at"] is not None:
        application_id, reason = order["application_id"], VoidReason.APPLICATION_CANCELLED
        said.append(DocumentVoided(application_id=application_id, reason=reason, voided_at=at))
    return said
