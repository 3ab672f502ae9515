"""`antar new service NAME`."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from tools.embedded.service import SOURCES

new = typer.Typer(no_args_is_help=True, help="Begin something new.")


@new.callback()
def _group() -> None:
    # With a callback the one command keeps its name: `antar new service`.
    pass


@new.command()
def service(
    name: Annotated[str, typer.Argument(help="Small letters and underscores, such as statistics.")],
    hears: Annotated[list[str] | None, typer.Option(help="TOPIC:EventType; may be repeated.")] = None,
    place: Annotated[str, typer.Option("--in", help="services (of a city) or examples.")] = "services",
    root: Annotated[Path, typer.Option(hidden=True)] = SOURCES,
) -> None:
    """Write a small service that runs, with its test."""
    from tools.new.service import NewServiceError, heard, write  # noqa: PLC0415 - a command pays for its own imports

    if place not in ("services", "examples"):
        raise typer.BadParameter(f"'{place}' is neither services nor examples.", param_hint="--in")
    try:
        written = write(root, name, [heard(given) for given in hears or ()], place)  # type: ignore[arg-type]
    except NewServiceError as failure:
        print(f"antar: {failure}", file=sys.stderr)
        raise typer.Exit(1) from None
    python = [str(path) for path in written if path.suffix == ".py"]
    for tidy in (["format"], ["check", "--fix"]):
        subprocess.run([sys.executable, "-m", "ruff", *tidy, "--quiet", *python], cwd=root, check=False)
    for path in written:
        print(f"  {path.relative_to(root)}")
    test = next(path for path in written if path.name == f"test_{name}.py").relative_to(root)
    print(
        f"\nNext:\n  1. .venv/bin/python -m pytest {test}   (green already)\n"
        f"  2. write in {place}/{name}/handlers.py and store.py what it is for, and in README.md why\n"
        f"  3. .venv/bin/antar start{'' if place == 'services' else f' --with {name}'}"
    )
