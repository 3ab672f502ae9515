"""`antar sample` writes a sample of any size into a folder, to look at or to import by hand."""

from pathlib import Path
from typing import Annotated

import typer

from tools.sample.files import Size, write_sample

SMALLEST_RW = 56


def sample(
    folder: Annotated[Path, typer.Argument(help="Where the files go; made if need be.")],
    applications: Annotated[int, typer.Option(min=1, help="Rows, dirty ones included.")] = 3000,
    rw: Annotated[int, typer.Option(min=SMALLEST_RW, help="Neighbourhoods over the 56 kelurahan.")] = 1013,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 2017,
) -> None:
    """Make the files of a city that does not exist: applications, neighbourhoods, couriers and the script."""
    write_sample(folder, Size(applications, rw, seed))
    for path in sorted(folder.iterdir()):
        print(path)
