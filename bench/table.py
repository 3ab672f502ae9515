"""Writes the figures into docs/performance.md, between two comments that stay."""

from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figure, number, wanted
from bench.report import Report

PAGE = Path("docs/performance.md")
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
MARKS = {"aim": "aim held", "floor": "floor held", "missed": "**missed**", "": ""}
HEAD = "| row | measured | median | lowest to highest | asked | standing | how |\n|---|---|---|---|---|---|---|"


def write(reports: Sequence[Report], page: Path = PAGE) -> None:
    """Replace what stands between the comments.

    Raises:
        ValueError: the page does not have both comments once, in their order.
    """
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} must hold {BEGIN} and then {END}")
    page.write_text(f"{before}{BEGIN}\n{render(reports)}\n{END}{after}", "utf-8")


def render(reports: Sequence[Report]) -> str:
    """Markdown: where and when, then a line for each figure; of a row in several reports, the last one."""
    rows = {name: figures for report in reports for name, figures in report.rows.items()}
    lines = [line(name, figure) for name, figures in rows.items() for figure in figures]
    return "\n".join(["", *dict.fromkeys(_origin(report) for report in reports), "", HEAD, *lines, ""])


def line(name: str, figure: Figure) -> str:
    """One figure as a line of the table."""
    low, median, high = figure.spread.lowest, figure.spread.median, figure.spread.highest
    spread = "" if low == high else f"{number(low)} to {number(high)}"
    asked = wanted(figure.target) if figure.target else ""
    cells = [name, figure.what, f"{number(median)} {figure.unit}", spread, asked, MARKS[figure.standing], figure.detail]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _origin(report: Report) -> str:
    quick = " A try with small sizes: no measurement." if report.quick else ""
    return f"{report.started[:10]}, {report.repeats} repeats, {report.machine}.{quick}"
