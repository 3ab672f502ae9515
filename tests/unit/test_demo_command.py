"""The command ends with the right code and says what happened in one sentence."""

import json
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from tools.demo import command
from tools.demo.doors import DemoError
from tools.demo.run import Demonstration
from tools.demo.story import Story
from tools.failing import first_cause

CHECK = {"name": "printed", "sentence": "every print was announced", "left": 1000, "right": 999, "apart": 1}
REPORT: dict[str, Any] = {
    "ok": True,
    "applications": {"by_state": {"CLOSED": 3}},
    "refused_rows": {},
    "blanks": [],
    "deliveries": {"by_state": {}, "visits_without_handover": {}},
    "messages": {},
    "events": {},
    "checks": [CHECK | {"holds": True}],
    "tracking": {},
    "seconds": {"total": 12.3},
}


class Played:
    """A demonstration without a platform: gives a report or breaks off."""

    def __init__(self, outcome: dict[str, Any] | Exception) -> None:
        self.outcome = outcome
        self.stopped = False

    def start(self) -> None:
        pass

    def run(self) -> dict[str, Any]:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def stop(self) -> None:
        self.stopped = True


def play(outcome: dict[str, Any] | Exception, report: Path) -> tuple[int, str, Played]:
    screen = StringIO()
    story = Story(Console(file=screen, width=120))
    played = Played(outcome)
    code = command.told(lambda: command.play(cast(Demonstration, played), report, story, keep=False), story)
    return code, screen.getvalue(), played


def test_a_demonstration_whose_comparisons_hold_ends_with_zero_and_a_report(tmp_path: Path) -> None:
    code, screen, played = play(REPORT, tmp_path / "report.json")
    assert code == 0
    assert "1 comparisons: all hold" in screen
    assert played.stopped
    assert json.loads((tmp_path / "report.json").read_text()) == REPORT


def test_one_mismatch_is_a_line_of_its_own_and_exit_code_one(tmp_path: Path) -> None:
    broken = REPORT | {"ok": False, "checks": [CHECK | {"holds": False}]}
    code, screen, played = play(broken, tmp_path / "report.json")
    assert code == 1
    assert "MISMATCH printed: every print was announced: 1,000 against 999, 1 on one side only" in screen
    assert played.stopped


def test_what_breaks_it_off_is_told_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failure = ExceptionGroup("tasks", [ExceptionGroup("tasks", [DemoError("printing did not answer.")])])
    code, _, played = play(failure, tmp_path / "report.json")
    assert code == 1
    assert capsys.readouterr().err == "antar: printing did not answer.\n"
    assert played.stopped
    assert not (tmp_path / "report.json").exists()


def test_a_fault_of_the_program_itself_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup):
        play(ExceptionGroup("tasks", [KeyError("x")]), tmp_path / "report.json")


def test_the_first_cause_is_found_in_nested_groups() -> None:
    inner = DemoError("why")
    assert first_cause(ExceptionGroup("a", [ExceptionGroup("b", [inner]), KeyError("x")])) is inner
