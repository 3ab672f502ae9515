"""A copy of the project, to change it as a developer would."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copy_project(folder: Path) -> Path:
    """The code of the project below `folder`."""
    for name in ("shared", "services", "examples", "tests", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    if (ROOT / ".mypy_cache").exists():  # what was checked before need not be checked again
        shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")
    shutil.copy2(ROOT / "pyproject.toml", folder)
    return folder


def run(tree: Path, *command: str) -> None:
    """Run a Python module in the copy; what it printed when it fails is the reason of the test's failure."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
