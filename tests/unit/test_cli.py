"""What the `antar` command refuses before it touches anything."""

from typer.testing import CliRunner

from tools.cli import app


def test_a_service_that_does_not_exist_has_no_database_to_migrate() -> None:
    told = CliRunner().invoke(app, ["migrate", "dispach", "--database-url", "postgresql://x:y@127.0.0.1:1/z"])
    assert told.exit_code == 2
    assert "none of dispatch, intake" in told.output
