"""Which version of Antar this is. It stands in pyproject.toml; the Dockerfile's label says the same."""

import tomllib
from functools import cache

from shared.packages import ROOT


@cache
def version() -> str:
    """The version of this code, such as 0.1.0."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])
