"""The proxy's door leads where the services are, as their code says."""

import re
from pathlib import Path

from shared.packages import known
from tools.embedded.signin import PREFIXES

DOOR = (Path(__file__).parents[2] / "deploy" / "proxy" / "Caddyfile").read_text()


def test_each_prefix_leads_to_the_service_that_has_its_pages() -> None:
    assert {f"/{prefix}": service for prefix, service in re.findall(r"import pages (\w+) (\w+)", DOOR)} == PREFIXES


def test_machines_reach_each_service() -> None:
    assert sorted(re.findall(r"import machines (\w+)", DOOR)) == known("services")
