"""An installation is watched: Prometheus finds all its parts, an alert fires when one is gone and ends when it is back."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.compose.installation import SERVICES, Compose
from tests.compose.load import Load
from tests.compose.outside import Installation
from tests.compose.test_deployment import held
from tests.deploy.test_watching import EXPRESSIONS, parts, rules

IMAGE: Final = "prom/prometheus:v2.53.3"
AFTER_TROUBLE: Final = {"antar_parked_records", "antar_poll_retries_total", "ALERTS"}
"""Series that are there only when something was wrong."""
AFTER_WORK: Final = {
    "antar_blanks",
    "antar_blanks_warning_level",
    "antar_orders_waiting",
    "antar_orders_waiting_oldest_seconds",
}
"""Series that are there once the whole job was done, which is tried before; this file alone does without."""


class Prometheus:
    """What it answers."""

    def __init__(self, address: str) -> None:
        self._http = httpx2.Client(base_url=f"http://{address}:9090/api/v1", trust_env=False, timeout=10)

    def ask(self, path: str, **params: str) -> Any:
        """The data of an answer, which must be a success."""
        answer = self._http.get(path, params=params).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def series(self, expression: str) -> list[dict[str, str]]:
        """The labels of each series that an expression finds now."""
        return [one["metric"] for one in self.ask("/query", query=expression)["result"]]

    def firing(self, alert: str) -> list[dict[str, str]]:
        """The labels of an alert, as often as it fires."""
        found = self.ask("/alerts")["alerts"]
        return [a["labels"] for a in found if a["state"] == "firing" and a["labels"]["alertname"] == alert]


def eventually(condition: Callable[[], Any], seconds: float = 90) -> None:
    """Waits until something is true."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it does not come true"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def prometheus(installation: Compose) -> Iterator[Prometheus]:
    """Prometheus as it comes, but in a hurry: it looks every second, and what lasts counts at once."""
    folder = installation.folder / "deploy" / "prometheus"
    for name, patience in (("prometheus.yml", r"(?<=interval: )\d+s"), ("alerts.yml", r"(?<= for: )\d+m")):
        (folder / name).write_text(re.sub(patience, "1s", (folder / name).read_text()))
    installation.up("prometheus")
    try:
        (one,) = installation.inspected([installation.containers()["prometheus"]])
        held("prometheus", one)
        (network,) = one["NetworkSettings"]["Networks"].values()
        assert not any(one["NetworkSettings"]["Ports"].values()), "it is published"
        yield Prometheus(network["IPAddress"])
    finally:
        installation.compose("rm", "--stop", "--force", "prometheus")


def test_the_rules_fire_when_they_should_and_only_then(installation: Compose, tmp_path: Path) -> None:
    cases = Path(__file__).with_name("alerts.test.yml").read_text()
    assert [rule["alert"] for rule in rules() if f'alertname="{rule["alert"]}"' not in cases] == []
    (tmp_path / "alerts.yml").write_bytes((Path("deploy") / "prometheus" / "alerts.yml").read_bytes())
    (tmp_path / "alerts.test.yml").write_text(cases)
    tmp_path.chmod(0o755)
    said = installation.docker("run", "--rm", "--volume", f"{tmp_path}:/rules:ro", "--workdir", "/rules",
                               "--entrypoint", "promtool", IMAGE, "test", "rules", "alerts.test.yml")  # fmt: skip
    assert "SUCCESS" in said


def test_every_service_is_found_and_every_expression_is_understood(
    installation: Compose, outside: Installation, prometheus: Prometheus
) -> None:
    installation.backup()
    asyncio.run(_somebody_applies(outside))
    everybody = {*SERVICES, "proxy", "sign-in", "backup"}
    eventually(lambda: {one["job"] for one in prometheus.series("up == 1")} == everybody)
    eventually(lambda: prometheus.series("antar_silent_seconds"))
    eventually(lambda: prometheus.series("antar_events_applied_total"))
    worked = prometheus.series("antar_blanks")
    missing = set()
    for expression in (written.replace("$__rate_interval", "1m") for _, written in EXPRESSIONS):
        prometheus.ask("/query", query=expression)
        missing |= {one for one in parts(expression)[0] if not prometheus.series(one)}
    assert missing <= AFTER_TROUBLE | (set() if worked else AFTER_WORK)
    assert {one["job"] for one in prometheus.series("antar_ready == 1")} == set(SERVICES)


async def _somebody_applies(outside: Installation) -> None:
    """A service that was started anew has counted nothing yet."""
    async with Load(outside, first_person=9000) as load:
        await load.until_more(1)


@pytest.mark.parametrize(("part", "alert"), [("notify", "ServiceDown"), ("sign-in", "EntranceDown")])
def test_an_alert_fires_when_a_part_is_gone_and_ends_when_it_is_back(
    installation: Compose, prometheus: Prometheus, part: str, alert: str
) -> None:
    eventually(lambda: prometheus.series(f'up{{job="{part}"}} == 1'))
    eventually(lambda: not prometheus.firing(alert))
    installation.compose("stop", part)
    try:
        eventually(lambda: {one["job"] for one in prometheus.firing(alert)} == {part})
    finally:
        installation.up(part)
    eventually(lambda: not prometheus.firing(alert))


def test_what_is_shown_names_nobody(prometheus: Prometheus) -> None:
    text = json.dumps(prometheus.ask("/series", **{"match[]": '{job=~".+"}'}))
    assert not re.search(r"\d{16}", text), "16 digits in a row are a NIK"
