"""An environment of its own for what only the bench needs: pinned, checked by hash, outside the project's."""

import subprocess
import sys
from pathlib import Path

from bench.ground import DATA

REQUIREMENTS = Path(__file__).parent / "requirements.txt"


class NotInstalledError(Exception):
    """It could not be made; the text says why in one line."""


def python() -> Path:
    """The interpreter of that environment, which is made or brought up to date first.

    Raises:
        NotInstalledError: there is no venv module, or a package could not be fetched.
    """
    folder = DATA / "venv"
    interpreter, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = REQUIREMENTS.read_text("utf-8")
    if not installed.exists() or installed.read_text("utf-8") != wanted:
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        pip = (str(interpreter), "-m", "pip", "--quiet", "--disable-pip-version-check")
        _run(*pip, "install", "--require-hashes", "--requirement", str(REQUIREMENTS))
        installed.write_text(wanted, "utf-8")
    return interpreter


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise NotInstalledError(last)
