"""How a command of `antar` ends when it cannot do its work."""

import sys
from typing import NoReturn

import typer


def fail(failure: Exception) -> NoReturn:
    """Says in one line why, and ends with 1."""
    print(f"antar: {failure}", file=sys.stderr)
    raise typer.Exit(1)
