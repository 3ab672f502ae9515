"""The operator at a printer of his own: he scans the card and says what came of it.

A pile of cards is used from the top, so it is the card in his hand that counts: it is bound when he scans it.
"""

from typing import NoReturn
from uuid import UUID, uuid4

from asyncpg import Record

from services.printing.allocation import allocate
from services.printing.domain import OrderState, now
from services.printing.press import record
from services.printing.printer import Outcome
from services.printing.store import orders, runs, stock
from shared.events.printing import SpoilReason
from shared.http.problems import Problem
from shared.messaging import Transaction


async def printed(tx: Transaction, application_id: UUID, serial: str | None) -> None:
    """The document is good, on the blank `serial` (None: plain paper). Said again with the same blank, nothing changes.

    Raises:
        Problem: 404 no such order; 409 order or blank are not in a state for it; 422 the blank is unknown or missing.
    """
    order = await _held(tx, application_id)
    if order["state"] == OrderState.PRINTED and order["serial"] == serial:
        return
    await _check_order(order, serial)
    if serial is not None:
        await _check_blank(tx, order, serial)
    await _finish(tx, order, serial, None)


async def spoiled(tx: Transaction, application_id: UUID, serial: str, reason: SpoilReason) -> None:
    """The blank `serial` is lost; the order keeps its place and gets the next free blank.

    Raises:
        Problem: as for `printed`.
    """
    order = await _held(tx, application_id)
    if await stock.spoiled_for(tx.conn, application_id, serial):
        return
    await _check_order(order, serial)
    await _check_blank(tx, order, serial)
    await _finish(tx, order, serial, reason)
    await allocate(tx, [order["stock_id"]])


async def _held(tx: Transaction, application_id: UUID) -> Record:
    stocks = await orders.stocks_of(tx.conn, [application_id])
    if stocks:
        await stock.lock_stocks(tx.conn, stocks)
    for order in await orders.lock_orders(tx.conn, [application_id]):
        return order
    raise Problem(404, "order-unknown", "Perintah cetak untuk permohonan ini tidak ada.")


_NOT_NOW = {
    OrderState.QUEUED: ("no-blank-allocated", "Permohonan ini masih dalam antrean dan belum mendapat blangko."),
    OrderState.PRINTING: ("at-the-printer", "Permohonan ini sedang dicetak dalam putaran lain. Tunggu hasilnya."),
    OrderState.PRINTED: ("printed-on-another", "Dokumen ini sudah dicetak pada blangko lain. Hentikan dan laporkan."),
    OrderState.VOIDED: ("document-voided", "Dokumen ini sudah dicetak lalu ditarik. Jangan dicetak lagi."),
    OrderState.CANCELLED: ("application-cancelled", "Permohonan ini sudah dibatalkan. Jangan dicetak."),
}


async def _check_order(order: Record, serial: str | None) -> None:
    state = OrderState(order["state"])
    if state in _NOT_NOW:
        raise Problem(409, *_NOT_NOW[state])
    if order["stock_id"] is None and serial is not None:
        _refuse_serial("no-blank-needed", "Dokumen ini dicetak pada kertas biasa, tanpa blangko.")
    if order["stock_id"] is not None and serial is None:
        _refuse_serial("serial-missing", "Pindai nomor seri blangko yang dipakai.")


async def _check_blank(tx: Transaction, order: Record, serial: str) -> None:
    blank = await stock.blank(tx.conn, serial)
    if blank is None:
        _refuse_serial("blank-unknown", "Nomor seri ini tidak tercatat sebagai blangko yang diterima.")
    elif blank["state"] == "SPOILED":
        raise Problem(409, "blank-spoiled", "Blangko ini sudah tercatat rusak. Ambil blangko lain.")
    elif blank["application_id"] is not None or blank["state"] != "IN_STOCK":
        raise Problem(409, "blank-used", "Blangko ini sudah dipakai untuk permohonan lain. Hentikan dan laporkan.")
    elif blank["stock_id"] != order["stock_id"]:
        raise Problem(409, "blank-elsewhere", f"Blangko ini tercatat di {blank['stock_id']}.")


def _refuse_serial(code: str, title: str) -> NoReturn:
    raise Problem(422, code, title, errors=[{"field": "serial", "code": code, "message": title}])


async def _finish(tx: Transaction, order: Record, serial: str | None, reason: SpoilReason | None) -> None:
    run_id, at, application_id = uuid4(), now(), order["application_id"]
    await runs.bind(tx.conn, run_id, [application_id], [serial])
    lost = await record(tx, run_id, order["stock_id"], [Outcome(application_id, reason)], at)
    await runs.write_single(tx.conn, run_id, order["site"], order["blank_kind"], order["stock_id"], 1 - lost, lost, at)
