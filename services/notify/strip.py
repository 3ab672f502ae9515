"""The drawing of a place in the queue: a line from 1 to the last, how far the blanks reach, and "you"."""

from dataclasses import dataclass

from services.notify.tracking import Place

WIDTH = 358
_BREAK_AT = 320
_ROOM_FOR_LABEL = 46
"""Half the width of the longest label, in the drawing's own units."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Where to draw what, in units of a view box 360 wide.

    `broken`: the line has a gap, because the end of the queue is far beyond everything else.
    `stock` is None where there is no free blank.
    """

    you: float
    you_label: float
    stock: float | None
    stock_label: float
    stock_anchor: str
    broken: bool


def strip(place: Place) -> Strip:
    """Lay the drawing out. Places stay in proportion up to the gap; without a gap, up to the end.

    The gap brings a place and the reach of the blanks close enough to compare; without blanks there is
    nothing to compare, and the whole line is in proportion.
    """
    reach = max(place.position, min(place.free, place.waiting), 1)
    broken = place.free > 0 and place.waiting > reach * 1.6
    scale = _BREAK_AT / (reach * 1.35) if broken else WIDTH / max(place.waiting, 1)
    you = min(max(place.position * scale, 11), WIDTH - 10)
    stock = max(min(place.free, place.waiting) * scale, 2.0) if place.free > 0 else None
    to_the_left = stock is not None and stock > WIDTH / 2
    return Strip(
        you=round(you, 1),
        you_label=round(min(max(you, _ROOM_FOR_LABEL), WIDTH - _ROOM_FOR_LABEL), 1),
        stock=None if stock is None else round(stock, 1),
        stock_label=round(max(0.0, (stock or 0) + (-4 if to_the_left else 4)), 1),
        stock_anchor="end" if to_the_left else "start",
        broken=broken,
    )
