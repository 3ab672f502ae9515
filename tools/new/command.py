"""`antar new service NAME`."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tools.embedded.service import SOURCES
from tools.failing import fail
from tools.new.service import NewServiceError, Place, heard, write

new = typer.Typer(no_args_is_help=True, help="Begin something new.")


@new.callback()
def _group() -> None:
    # With a callback the one command keeps its name: `antar new service`.
    pass


@new.command()
def service(
    name: Annotated[str, typer.Argument(help="Small letters and underscores, such as statistics.")],
    hears: Annotated[list[str] | None, typer.Option(help="TOPIC:EventType; may be repeated.")] = None,
    place: Annotated[Place, typer.Option("--in", help="Part of the city, or to learn from.")] = "services",
    restricted: Annotated[
        bool, typer.Option("--restricted", help="It may read personal data; that is decided and written down.")
    ] = False,
) -> None:
    """Write a small service that runs, with its test."""
    try:
        events = [heard(given, restricted=restricted) for given in hears or ()]
        written = write(SOURCES, name, events, place)
    except NewServiceError as failure:
        fail(failure)
    _tidy([path for path in written if path.suffix == ".py"])
    for path in written:
        print(f"  {path.relative_to(SOURCES)}")
    test = next(path for path in written if path.name == f"test_{name}.py").relative_to(SOURCES)
    print(
        f"\nNext:\n  1. .venv/bin/python -m pytest {test}   (green already)\n"
        f"  2. write in {place}/{name}/handlers.py and store.py what it is for, and in README.md why\n"
        f"  3. .venv/bin/antar start{'' if place == 'services' else f' --with {name}'}"
    )
    if restricted:
        print(
            "It reads personal data: let it hear their erasure as well (@consumer.on_erased), "
            "and name it in tests/contracts/test_events.py, which holds who may read them."
        )


def _tidy(files: Sequence[Path]) -> None:
    # Names of events decide where a line must break, so the form is left to the one who knows it.
    for how in (["check", "--select", "I", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *how, "--quiet", *files], cwd=SOURCES, check=False)
