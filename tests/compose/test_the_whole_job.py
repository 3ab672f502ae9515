"""The whole job on an installation, from outside, while everything in it is killed in turn: the report is the same."""

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.compose.conftest import REPORT
from tests.compose.installation import RUNNING, Compose, ComposeError
from tests.compose.outside import Installation
from tests.end_to_end.demo_cases import SMALL, command
from tools.demo.report import facts
from tools.demo.run import Demonstration
from tools.demo.story import Story

STRUCK_IN = {
    "Applications from a file": ("intake", "proxy"),
    "Cleared by the ministry, in the queue": ("notify", "sign-in"),
    "First lot of blanks, printed": ("printing", "postgres"),
    "Visits of the couriers": ("dispatch", "kafka"),
}
"""Who is killed in which phase of the demonstration; each phase has most to lose by it."""


kills = pytest.mark.skipif(os.geteuid() != 0, reason="only root may kill what runs in a container")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The report of the same demonstration on this machine, undisturbed."""
    folder = tmp_path_factory.mktemp("alone")
    report = folder / "report.json"
    subprocess.run(command("--data", str(folder / "data"), "--report", str(report)), check=True, timeout=300)
    return dict(json.loads(report.read_text()))


@kills
def test_the_report_is_the_same_though_each_part_is_killed_on_the_way(
    installation: Compose, outside: Installation, alone: dict[str, object], tmp_path: Path
) -> None:
    killed: list[str] = []

    def strike(phase: str, done: int) -> None:
        for name in STRUCK_IN.get(phase, ()):
            if name not in killed:
                killed.append(name)
                asyncio.get_running_loop().run_in_executor(None, installation.kill, name)

    began = time.perf_counter()
    demonstration = Demonstration(SMALL, tmp_path / "data", Story(watch=strike), place=outside)
    demonstration.start()
    report = demonstration.run()
    assert sorted(killed) == sorted(RUNNING)
    assert facts(report) == facts(alone)
    healed = installation.await_healthy()
    restarts = installation.restarts()
    assert all(restarts[name] == 1 for name in RUNNING)
    told = json.loads(REPORT.read_text())
    told |= {
        "seconds of the demonstration": round(time.perf_counter() - began, 1),
        "seconds until healthy": round(healed, 1),
        "MiB after the demonstration": installation.memory(),
    }
    REPORT.write_text(json.dumps(told, indent=1) + "\n")


@kills
def test_a_sandbox_is_made_of_an_empty_installation_alone(installation: Compose) -> None:
    # The demonstration above has left it full.
    with pytest.raises(ComposeError, match="applications here already"):
        installation.compose("run", "--rm", "--no-TTY", "sandbox")
