"""What docker-compose.yml tells the containers of an operator's commands is what the commands look for."""

from pathlib import Path
from typing import Any

import yaml

SERVICES: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())["services"]


def test_the_operators_container_is_told_who_sits_at_the_machine_also_behind_sudo() -> None:
    assert SERVICES["operator"]["environment"]["ANTAR_WHO"] == "${SUDO_USER:-${USER:-}}"
