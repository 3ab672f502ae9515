"""A sandbox is refused where somebody is to scan cards, or where messages would go out to whoever has the invented numbers."""

import pytest
from typer.testing import CliRunner

from tools.cli import app


@pytest.mark.parametrize(
    ("printer", "channels", "says"),
    [("manual", "log", "ANTAR_PRINTER=simulated"), ("simulated", "http,log", "ANTAR_CHANNELS=log")],
)
def test_nothing_is_begun_in_an_installation_that_works(printer: str, channels: str, says: str) -> None:
    told = CliRunner().invoke(app, ["sandbox"], env={"ANTAR_PRINTER": printer, "ANTAR_CHANNELS": channels})
    assert told.exit_code == 1
    assert says in told.stderr
