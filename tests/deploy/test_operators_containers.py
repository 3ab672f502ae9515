"""What docker-compose.yml tells the containers of an operator's commands is what the commands look for."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.access.addresses import ADMINISTRATOR, file_of

SERVICES: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())["services"]


def test_the_operators_container_is_told_who_sits_at_the_machine_also_behind_sudo() -> None:
    assert SERVICES["operator"]["environment"]["ANTAR_WHO"] == "${SUDO_USER:-${USER:-}}"


@pytest.mark.parametrize("name", ["access", "operator"])
def test_who_administers_the_broker_has_its_address_where_the_commands_look(name: str) -> None:
    assert file_of(Path(), ADMINISTRATOR).name in SERVICES[name]["secrets"]
