"""The queue's doors: joining it with a place, changing where the document goes, leaving it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from asyncpg import Record

from services.printing.allocation import allocate
from services.printing.domain import HOME_SITE, POLICY, OrderState, class_by_suket, classify, now, stock_id
from services.printing.store import orders, stock
from shared.events.intake import ApplicationClearedForPrint, ApplicationCorrected
from shared.events.printing import (
    BlankReleased,
    DocumentVoided,
    PrintOrderQueued,
    PrintOrderReclassified,
    PriorityClass,
    ReleaseReason,
    VoidReason,
)
from shared.messaging import Connection, Transaction


async def join(tx: Transaction, cleared: Sequence[ApplicationClearedForPrint]) -> None:
    """Queue the applications that have no order yet; those that need no blank are ready for the printer at once."""
    at = now()
    classes = {e.application_id: classify(e) if e.blank_kind else None for e in cleared}
    new = await orders.queue_orders(tx.conn, [_placed(e, classes[e.application_id]) for e in cleared], at)
    for event in cleared:
        if event.application_id in new:
            new.discard(event.application_id)
            tx.announce(
                PrintOrderQueued(
                    application_id=event.application_id,
                    document_kind=event.document_kind,
                    site=HOME_SITE,
                    blank_kind=event.blank_kind,
                    priority_class=classes[event.application_id],
                    place_since=event.cleared_at,
                    policy_version=POLICY.version,
                    queued_at=at,
                )
            )
    kinds = {e.blank_kind for e in cleared if e.blank_kind}
    if kinds:
        await allocate(tx, [stock_id(HOME_SITE, kind) for kind in sorted(kinds)])


def _placed(event: ApplicationClearedForPrint, priority_class: PriorityClass | None) -> orders.Placed:
    kind = event.blank_kind
    return orders.Placed(
        application_id=event.application_id,
        state=OrderState.QUEUED if kind else OrderState.READY,
        document_kind=event.document_kind,
        site=HOME_SITE,
        blank_kind=kind,
        stock_id=stock_id(HOME_SITE, kind) if kind else None,
        priority_class=priority_class,
        class_rank=POLICY.rank(priority_class) if priority_class else None,
        place_since=event.cleared_at,
        policy_version=POLICY.version,
        kelurahan_code=event.kelurahan_code,
        rw=event.rw,
    )


async def redirect(tx: Transaction, corrected: Mapping[UUID, ApplicationCorrected]) -> None:
    """Send the documents to the corrected neighbourhoods; what is printed says where it went, and stays so."""
    ids = sorted(corrected)
    await _hold(tx.conn, ids)
    await orders.correct_orders(
        tx.conn, ids, [corrected[i].kelurahan_code for i in ids], [corrected[i].rw for i in ids]
    )


async def reclassify(tx: Transaction, expiries: Mapping[UUID, tuple[date, datetime]]) -> None:
    """Put those who wait for a blank where their suket, with so many days left at that moment, puts them now.

    Only between the class of expiring ones and the ordinary one: first holders, victims of a disaster and
    replacements are in theirs for another reason. The place-giving time stays. Who has a blank reserved is past it.
    """
    at = now()
    moved = []
    for order in await _hold(tx.conn, sorted(expiries)):
        if order["state"] != OrderState.QUEUED or order["priority_class"] not in _MOVED_BY_SUKET:
            continue
        priority_class = class_by_suket(*expiries[order["application_id"]])
        if priority_class != order["priority_class"]:
            moved.append((order, priority_class))
    await orders.reclassify_orders(
        tx.conn,
        [order["application_id"] for order, _ in moved],
        [class_.value for _, class_ in moved],
        [POLICY.rank(class_) for _, class_ in moved],
    )
    tx.announce(*(_reclassified(order, class_, at) for order, class_ in moved))


_MOVED_BY_SUKET = frozenset({PriorityClass.WAITING, PriorityClass.SUKET_EXPIRING})


def _reclassified(order: Record, priority_class: PriorityClass, at: datetime) -> PrintOrderReclassified:
    return PrintOrderReclassified(
        application_id=order["application_id"],
        site=order["site"],
        blank_kind=order["blank_kind"],
        priority_class=priority_class,
        place_since=order["place_since"],
        policy_version=order["policy_version"],
        reclassified_at=at,
    )


async def leave(tx: Transaction, application_ids: Sequence[UUID]) -> None:
    """End the orders of cancelled applications; what is at the printer ends when its result is known."""
    at = now()
    ending = [o for o in await _hold(tx.conn, application_ids) if o["cancelled_at"] is None]
    await orders.end_orders(tx.conn, [o["application_id"] for o in ending], at)
    freed = [o for o in ending if o["state"] == OrderState.ALLOCATED]
    stocks = [o["stock_id"] for o in freed]
    await stock.book_released(tx.conn, stocks, [o["application_id"] for o in freed], at)
    for order in ending:
        if order["state"] == OrderState.ALLOCATED:
            tx.announce(_released(order, at))
        elif order["state"] == OrderState.PRINTED:
            tx.announce(_voided(order["application_id"], at))
    if freed:
        await allocate(tx, sorted(set(stocks)))


def _released(order: Record, at: datetime) -> BlankReleased:
    return BlankReleased(
        application_id=order["application_id"],
        site=order["site"],
        blank_kind=order["blank_kind"],
        reason=ReleaseReason.APPLICATION_CANCELLED,
        released_at=at,
    )


def _voided(application_id: UUID, at: datetime) -> DocumentVoided:
    return DocumentVoided(application_id=application_id, reason=VoidReason.APPLICATION_CANCELLED, voided_at=at)


async def _hold(conn: Connection, application_ids: Sequence[UUID]) -> list[Record]:
    # Stocks before orders, as everywhere: see lock_stocks.
    stocks = await orders.stocks_of(conn, application_ids)
    if stocks:
        await stock.lock_stocks(conn, stocks)
    return await orders.lock_orders(conn, application_ids)
