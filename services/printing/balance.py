"""Whether the blanks of a stock add up: what came in is what there is, and a recount finds the same. Pure."""

from collections.abc import Mapping
from typing import Any


def entered(row: Mapping[str, Any]) -> int:
    """Blanks that ever came into this stock. `row` is one of `stock.balances`."""
    return int(row["received"] + row["transferred_in"])


def placed(row: Mapping[str, Any]) -> int:
    """Blanks whose place is known: in the store, used, spoiled, sent on, missing."""
    return int(row["in_stock"] + row["printed"] + row["spoiled"] + row["transferred_out"] + row["missing"])


def recount_differs(row: Mapping[str, Any]) -> bool:
    """Whether the blanks by serial, the ledger or the orders say otherwise than the balance."""
    recount = (
        (row["in_stock"], row["counted_in_stock"]),
        (row["printed"], row["counted_printed"]),
        (row["spoiled"], row["counted_spoiled"]),
        (row["reserved"], row["booked_reserved"]),
        (row["reserved"], row["held"]),
    )
    return any(balance != counted for balance, counted in recount)


def balanced(row: Mapping[str, Any]) -> bool:
    """Whether all of it adds up."""
    return entered(row) == placed(row) and not recount_differs(row)
