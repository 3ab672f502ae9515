"""A release is held up by a known vulnerability, and never called sound because nobody could be asked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOUND = {"name": "jinja2", "version": "3.1.6", "vulns": []}
WEAK = {"name": "jinja2", "version": "3.1.6", "vulns": [{"id": "PYSEC-2099-1", "fix_versions": ["3.1.7"]}]}
PASSED_OVER = {"name": "jinja2", "skip_reason": "Dependency not found on PyPI"}


def audit(folder: Path, said: str) -> subprocess.CompletedProcess[str]:
    """`make audit`, where pip-audit says this."""
    (folder / "pip_audit.py").write_text(f"print({said!r})")
    command = [sys.executable, ROOT / "deploy" / "audit.py"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("packages", "code", "says"),
    [
        ([SOUND], 0, "1 packages, 0 known vulnerabilities."),
        ([SOUND, WEAK], 1, "jinja2 3.1.6: PYSEC-2099-1, mended in 3.1.7"),
        ([SOUND, PASSED_OVER], 3, "not known"),
    ],
)
def test_what_the_registry_tells_decides(tmp_path: Path, packages: list[object], code: int, says: str) -> None:
    told = audit(tmp_path, said=json.dumps({"dependencies": packages}))
    assert (told.returncode, says in told.stdout) == (code, True), told


def test_who_cannot_ask_is_told_so(tmp_path: Path) -> None:
    told = audit(tmp_path, said="no connection")
    assert (told.returncode, "not known" in told.stdout) == (3, True)
