"""Blanks come in as serial ranges on the ministry's letters: one series, from a first to a last number."""

import re
from dataclasses import dataclass
from uuid import uuid4

from services.printing.allocation import allocate, hold, watch_levels
from services.printing.domain import now, stock_id
from services.printing.store import stock
from shared.events.printing import BlanksReceived
from shared.http.problems import Problem
from shared.messaging import Transaction

MAX_RANGE = 200_000
"""Blanks in one receipt. The ministry sends thousands; more is a slip of the pen in one of the two serials."""

_SERIAL = re.compile(r"([A-Z0-9]{0,20}?)([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class SerialRange:
    """`first` and `last` inclusive; both of one series and one width."""

    first: str
    last: str
    quantity: int


def clean(serial: str) -> str:
    """A serial as it is kept: upper case, without the blanks that people and scanners add."""
    return "".join(serial.split()).upper()


def serial_range(first: str, last: str, quantity: int) -> SerialRange:
    """The range from `first` to `last`, when it is one and holds what the letter says.

    Raises:
        Problem: 422 with the field to mend.
    """
    start, end = _SERIAL.fullmatch(first), _SERIAL.fullmatch(last)
    if start is None or end is None:
        field = "first_serial" if start is None else "last_serial"
        raise _refused(field, "serial-shape", "Nomor seri terdiri atas huruf dan angka, dan berakhir dengan angka.")
    if len(first) != len(last) or start[1] != end[1]:
        raise _refused("last_serial", "other-series", "Nomor seri awal dan akhir bukan dari satu rangkaian.")
    count = int(end[2]) - int(start[2]) + 1
    if count < 1:
        raise _refused("last_serial", "range-reversed", "Nomor seri akhir lebih kecil daripada nomor seri awal.")
    if count > MAX_RANGE:
        raise _refused("last_serial", "range-too-large", f"Satu rentang memuat paling banyak {MAX_RANGE} blangko.")
    if count != quantity:
        raise _refused("quantity", "quantity-mismatch", f"Surat menyebut {quantity} blangko, rentang memuat {count}.")
    return SerialRange(first, last, count)


def _refused(field: str, code: str, message: str) -> Problem:
    return Problem(422, code, message, errors=[{"field": field, "code": code, "message": message}])


async def receive(tx: Transaction, site: str, blank_kind: str, blanks: SerialRange, letter_number: str) -> str:
    """Put the range into the stock and give it to those who wait; returns the stock's id.

    Raises:
        Problem: 409 when serials are known, naming the first three and where they are.
    """
    await stock.lock_receipts(tx.conn)
    known = await stock.known_serials(tx.conn, blanks.first, blanks.last)
    if known:
        named = ", ".join(f"{k['serial']} ({k['stock_id']})" for k in known)
        raise Problem(
            409,
            "serials-known",
            f"{known[0]['known']} nomor seri sudah tercatat: {named}.",
            known=[dict(k) for k in known],
        )
    into, at = stock_id(site, blank_kind), now()
    await hold(tx.conn, [into])
    await stock.write_receipt(tx.conn, uuid4(), into, blanks.first, blanks.last, blanks.quantity, letter_number, at)
    tx.announce(
        BlanksReceived(
            stock_id=into,
            site=site,
            blank_kind=blank_kind,
            first_serial=blanks.first,
            last_serial=blanks.last,
            quantity=blanks.quantity,
            letter_number=letter_number,
            received_at=at,
        )
    )
    await watch_levels(tx, [into])
    await allocate(tx, [into])
    return into
