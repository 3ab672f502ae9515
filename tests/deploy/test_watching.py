"""What watches an installation asks only for what services show, and says what to do where that can be read."""

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client import REGISTRY

from shared.packages import known, package_of
from tools.backup.folder import METRIC

ROOT: Final = Path(__file__).parents[2]
OF_THE_BACKUP: Final = {METRIC: set()}
OF_PROMETHEUS: Final = {"up": set(), "ALERTS": {"alertname", "alertstate", "severity"}}
OF_EACH_SCRAPE: Final = {"job", "instance"}
_WORDS: Final = {"and", "or", "unless", "by", "without", "on", "ignoring", "offset", "group_left", "group_right"}
_SELECTOR: Final = re.compile(r"([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(\s*\()?")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def asked_by_board() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", ()):
                yield panel["title"], target["expr"]


EXPRESSIONS: Final = [(rule["alert"], rule["expr"]) for rule in rules()] + list(asked_by_board())


@pytest.fixture(scope="module")
def shown() -> Mapping[str, set[str]]:
    """Every series that the services show, with its labels."""
    for service in known("services"):
        importlib.import_module(f"{package_of(service)}.app")
    found: dict[str, set[str]] = {}
    for collector, names in REGISTRY._collector_to_names.items():
        labels = set(getattr(collector, "_labelnames", ()))
        found |= {name: labels | ({"le"} if name.endswith("_bucket") else set()) for name in names}
    return found


def parts(expression: str) -> tuple[dict[str, set[str]], set[str]]:
    """The series that an expression names, each with the labels it selects by, and the labels it groups by."""
    grouped = {
        label.strip() for labels in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression) for label in labels.split(",")
    }
    rest = re.sub(r"\b(?:by|on)\s*\([^)]*\)", "", expression)
    rest = re.sub(r"\[[^]]*\]|\boffset\s+\w+", "", rest)
    series: dict[str, set[str]] = {}
    for name, selected, call in _SELECTOR.findall(rest):
        if call or name in _WORDS:
            continue
        labels = re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", re.sub(r'"[^"]*"', "", selected))
        series.setdefault(name, set()).update(labels)
    return series, grouped


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS, ids=[name for name, _ in EXPRESSIONS])
def test_every_expression_names_series_and_labels_that_the_services_show(
    name: str, expression: str, shown: Mapping[str, set[str]]
) -> None:
    series, grouped = parts(expression)
    there = {**shown, **OF_THE_BACKUP, **OF_PROMETHEUS}
    assert series
    for one, labels in series.items():
        assert one in there, f"nobody shows {one}"
        assert labels <= there[one] | OF_EACH_SCRAPE
    assert grouped <= OF_EACH_SCRAPE.union(*(there[one] for one in series))


def test_each_alert_can_be_acted_on_and_says_where_that_is_described() -> None:
    for rule in rules():
        notes = rule["annotations"]
        assert rule["labels"]["severity"] in ("wake", "look"), rule["alert"]
        _, grouped = parts(rule["expr"])
        for label in re.findall(r"\$labels\.(\w+)", notes["summary"] + notes["do"]):
            assert label in grouped | {"job"}, f"{rule['alert']} has no {label} to tell"
        pages = re.findall(r"(docs/[\w.]+)#([\w-]+)", notes["do"])
        assert pages, f"{rule['alert']} does not say where to read on"
        for page, section in pages:
            headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
            assert section in {re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in headings}, page


def test_each_alert_stands_in_the_table_of_what_to_do() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    assert [rule["alert"] for rule in rules() if f"`{rule['alert']}`" not in page] == []


def test_the_table_of_metrics_names_what_is_shown(shown: Mapping[str, set[str]]) -> None:
    page = (ROOT / "docs/operations.md").read_text()
    table = page.partition("| metric (`antar_…`)")[2].partition("\n\n")[0]
    told = re.findall(r"`(\w+)(?:\{([\w,]+)\})?`", "".join(row.split("|")[1] for row in table.splitlines()[2:]))
    assert len(told) > 15
    for name, labels in told:
        there = next(found for found in (f"antar_{name}", f"antar_{name}_bucket") if found in shown)
        assert set(labels.split(",") if labels else ()) <= shown[there]


def test_every_service_is_watched() -> None:
    jobs = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    (ours,) = (job for job in jobs if job["job_name"] == "antar")
    assert sorted(ours["dns_sd_configs"][0]["names"]) == known("services")
    (down,) = (rule["expr"] for rule in rules() if rule["alert"] == "ServiceDown")
    assert sorted(re.findall(r'absent\(up\{job="(\w+)"\}\)', down)) == known("services")
