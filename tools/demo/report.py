"""The report: what came of the job, as JSON for a program and as tables for a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.demo.books import Books, Log, Stock, Told
from tools.demo.checks import Check


def build_report(
    books: Books,
    log: Log,
    told: Told,
    checks: Sequence[Check],
    *,
    size: Mapping[str, Any],
    tracking: Mapping[str, str],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """All figures. `tracking` and `seconds` differ from run to run, everything else must not: see `facts`."""
    return {
        "ok": all(check.holds for check in checks),
        "size": dict(size),
        "applications": {"taken": len(books.taken), "by_state": dict(books.application_states)},
        "refused_rows": dict(sorted(told.refused.items())),
        "print_orders": dict(books.order_states),
        "blanks": [asdict(stock) | {"identity": identity(stock)} for stock in books.stocks],
        "deliveries": {
            "by_state": dict(books.delivery_states),
            "by_holder": dict(books.holders),
            "visits_without_handover": dict(books.visits),
        },
        "messages": _nested(books.messages.items()),
        "events": _nested(log.events.items()),
        "checks": [asdict(check) | {"holds": check.holds} for check in checks],
        "tracking": dict(tracking),
        "seconds": {name: round(took, 2) for name, took in seconds.items()},
    }


def facts(report: Mapping[str, Any]) -> dict[str, Any]:
    """What two runs of the same size and seed must agree on, whatever happened on the way."""
    kept = {name: value for name, value in report.items() if name not in ("seconds", "tracking")}
    return kept | {"tracking": sorted(report["tracking"])}


def identity(stock: Stock) -> str:
    """The conservation of blanks in words."""
    return (
        f"received {stock.received} + transferred in {stock.transferred_in} = in stock {stock.in_stock} "
        f"(reserved {stock.reserved}) + printed {stock.printed} + spoiled {stock.spoiled} "
        f"+ transferred out {stock.transferred_out} + missing {stock.missing}"
    )


def _nested(counts: Iterable[tuple[tuple[str, str], int]]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (outer, inner), n in sorted(counts):
        nested.setdefault(outer, {})[inner] = n
    return nested


def show(report: Mapping[str, Any], console: Console) -> None:
    """The report for a person."""
    _table(console, "Applications", report["applications"]["by_state"])
    _table(console, "Refused rows", report["refused_rows"])
    _table(console, "Deliveries", report["deliveries"]["by_state"])
    _table(console, "Visits without hand-over", report["deliveries"]["visits_without_handover"])
    _table(
        console, "Messages", {f"{m} {s}": n for m, by_state in report["messages"].items() for s, n in by_state.items()}
    )
    _table(console, "Events", {f"{t}  {e}": n for t, types in report["events"].items() for e, n in types.items()})
    for stock in report["blanks"]:
        console.print(f"Blanks {stock['stock_id']}: {stock['identity']}", markup=False)
    for state, address in report["tracking"].items():
        console.print(f"{state:<22} {address}", markup=False)
    broken = [check for check in report["checks"] if not check["holds"]]
    for check in broken:
        console.print(f"MISMATCH {check['name']}: {check['sentence']}: {_sides(check)}", markup=False)
    verdict = "all hold" if not broken else f"{len(broken)} do not hold"
    console.print(f"{len(report['checks'])} comparisons: {verdict}. {report['seconds']['total']:.1f} s in all.")


def _sides(check: Mapping[str, Any]) -> str:
    apart = f", {check['apart']} on one side only" if check["apart"] else ""
    return f"{check['left']:,} against {check['right']:,}{apart}"


def _table(console: Console, title: str, counts: Mapping[str, int]) -> None:
    table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2))
    table.add_column(min_width=44)
    table.add_column(justify="right")
    for name, n in counts.items():
        table.add_row(name, f"{n:,}")
    console.print(table)
