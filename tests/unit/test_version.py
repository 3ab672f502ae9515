"""One version, in pyproject.toml; whoever tells it tells the same."""

import re
from pathlib import Path

from typer.testing import CliRunner

from shared.version import version
from tools.cli import app

ROOT = Path(__file__).parents[2]


def test_the_command_tells_the_version_of_the_project() -> None:
    (stated,) = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    told = CliRunner().invoke(app, ["--version"])
    assert (told.exit_code, told.output) == (0, f"{stated}\n")


def test_the_image_is_labelled_with_the_version_of_the_project() -> None:
    assert f"ARG ANTAR_VERSION={version()}\n" in (ROOT / "Dockerfile").read_text()
