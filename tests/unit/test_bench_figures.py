"""The figures of the bench: where they stand, how they are written, what a report keeps of them."""

import json
from pathlib import Path

import pytest

from bench import table
from bench.city import part
from bench.figures import Figure, Spread, Target, number
from bench.report import Report

RATIO = Figure("relay / bare send_batch", Spread(0.61, 0.58, 0.64), "×", Target(0.5, 0.7), "61,000 / 100,000 events/s")
SECONDS = Figure("three hops", Spread(6.3, 6.3, 6.3), "s")


def a_report(**rows: list[Figure]) -> Report:
    return Report("a machine", "2026-11-25T06:00:00+00:00", 5, quick=False, rows=rows)


@pytest.mark.parametrize(
    ("target", "value", "standing"),
    [
        (Target(0.5, 0.7), 0.70, "aim"),
        (Target(0.5, 0.7), 0.69, "floor"),
        (Target(0.5, 0.7), 0.49, "missed"),
        (Target(15), 15, "aim"),
        (Target(1.0, 0.25, at_most=True), 0.25, "aim"),
        (Target(1.0, 0.25, at_most=True), 0.26, "floor"),
        (Target(1.0, 0.25, at_most=True), 1.01, "missed"),
    ],
)
def test_a_figure_holds_its_aim_or_its_floor_or_misses_both(target: Target, value: float, standing: str) -> None:
    assert target.standing(value) == standing


def test_it_is_the_median_that_is_judged_and_not_the_best_of_the_runs() -> None:
    assert Figure("f", Spread.of([0.4, 0.4, 0.9]), "×", Target(0.5)).standing == "missed"


@pytest.mark.parametrize(
    ("value", "text"), [(68659.4, "68,659"), (300, "300"), (12.34, "12.3"), (0.514, "0.51"), (0.009, "0.009"), (0, "0")]
)
def test_a_number_shows_the_digits_that_count_and_no_more(value: float, text: str) -> None:
    assert number(value) == text


def test_what_was_asked_stands_beside_what_was_measured() -> None:
    line = table.line("relay", RATIO)
    assert "| 0.61 × | 0.58 to 0.64 | at least 0.5, aim 0.7 | floor held |" in line


def test_a_number_measured_once_claims_no_spread() -> None:
    assert "| 6.3 s |  |  |  |  |" in table.line("chain", SECONDS)


def test_a_missed_floor_is_not_hidden() -> None:
    missed = Figure("hop", Spread(0.3, 0.3, 0.3), "×", Target(0.6, 0.8))
    assert "**missed**" in table.line("hop", missed)


def test_the_table_takes_its_place_on_the_page_and_leaves_the_rest_of_it(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", "utf-8")
    table.write([a_report(relay=[RATIO])], page)
    table.write([a_report(relay=[RATIO])], page)
    text = page.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith(f"{table.END}\nafter\n")
    assert "old" not in text
    assert text.count("bare send_batch") == 1


def test_a_page_without_its_place_for_the_table_is_not_touched(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("no place", "utf-8")
    with pytest.raises(ValueError, match="must hold"):
        table.write([a_report()], page)
    assert page.read_text("utf-8") == "no place"


def test_a_row_that_was_measured_again_replaces_the_earlier_one_and_no_other() -> None:
    again = Figure(RATIO.what, Spread(0.71, 0.7, 0.72), "×", RATIO.target)
    text = table.render([a_report(relay=[RATIO], chain=[SECONDS]), a_report(relay=[again])])
    assert "0.61" not in text
    assert "0.71 ×" in text
    assert "three hops" in text


def test_a_try_with_small_sizes_says_that_it_is_none() -> None:
    quick = Report("a machine", "2026-11-25T06:00:00+00:00", 1, quick=True)
    assert "no measurement" in table.render([quick])


def test_a_report_comes_back_from_its_file_as_it_was() -> None:
    report = a_report(relay=[RATIO], chain=[SECONDS])
    assert Report.from_json(json.loads(json.dumps(report.as_json()))) == report


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["/venv/bin/python", "-m", "services.notify"], "notify"),
        (["/somewhere/java", "-Xmx256m", "kafka.Kafka"], "Kafka"),
        (["/somewhere/postgres", "-D", "data"], "PostgreSQL"),
        (["postgres: checkpointer"], "PostgreSQL"),
        (["/venv/bin/python", "-m", "tools.cli", "demo"], ""),
        ([], ""),
    ],
)
def test_the_memory_of_each_process_of_the_city_goes_to_its_part(command: list[str], name: str) -> None:
    assert part(command) == name
