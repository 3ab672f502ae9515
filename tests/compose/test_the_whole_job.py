"""The whole job on an installation, from outside, with two of some services, while parts are killed: the report is the same."""

import asyncio
import json
import os
import subprocess
import time
from collections import Counter
from pathlib import Path

import httpx2
import pytest

from tests.compose.conftest import REPORT
from tests.compose.installation import RUNNING, Compose
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
DOUBLED = ("printing", "dispatch")


kills = pytest.mark.skipif(os.geteuid() != 0, reason="only root may kill what runs in a container")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The report of the same demonstration on this machine, undisturbed."""
    folder = tmp_path_factory.mktemp("alone")
    report = folder / "report.json"
    subprocess.run(command("--data", str(folder / "data"), "--report", str(report)), check=True, timeout=300)
    return dict(json.loads(report.read_text()))


@pytest.fixture(scope="module")
def doubled(installation: Compose, outside: Installation) -> Compose:
    """The installation with two of some services, as its operator says in `.env`."""
    installation.settings(**{f"ANTAR_{name.upper()}_REPLICAS": "2" for name in DOUBLED})
    installation.up()
    return installation


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into a container")
def test_whoever_comes_in_is_led_to_each_of_two(doubled: Compose, outside: Installation) -> None:
    for name in DOUBLED:
        before = doubled.connections(name)
        assert len(before) == 2
        for _ in range(40):
            assert httpx2.get(f"{outside.urls()[name]}/summary", verify=outside.trust).status_code == 401
        came = [after - former for former, after in zip(before, doubled.connections(name), strict=True)]
        assert min(came) >= 8, came


@kills
def test_the_report_is_the_same_though_each_part_is_killed_on_the_way_and_some_are_doubled(
    doubled: Compose, outside: Installation, alone: dict[str, object], tmp_path: Path
) -> None:
    installation = doubled
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
    # Killed, and perhaps ended by itself: it gives up its start when the database is killed meanwhile.
    assert restarts.pop("sign-in") in (1, 2)
    assert restarts == Counter(name for name in RUNNING if name != "sign-in")
    told = json.loads(REPORT.read_text())
    told |= {
        "seconds of the demonstration": round(time.perf_counter() - began, 1),
        "seconds until healthy": round(healed, 1),
        "MiB after the demonstration": installation.memory(),
    }
    REPORT.write_text(json.dumps(told, indent=1) + "\n")
