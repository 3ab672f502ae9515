"""`antar sandbox`: a trial installation gets the story of an invented city, so that agencies find events to read."""

import os
from typing import Annotated

import typer

from tools.errors import PlatformError
from tools.failing import fail, first_cause


def sandbox(
    applications: Annotated[int, typer.Option(min=1, help="Rows of the sample, dirty ones included.")] = 600,
    blanks: Annotated[int, typer.Option(min=1, help="Blank cards of the first lot; then twice as many.")] = 150,
) -> None:
    """Fill this installation, still empty, with invented applications and what becomes of them."""
    from tools.demo.doors import DemoError  # noqa: PLC0415 - a command pays for its own imports only
    from tools.sandbox.filling import fill  # noqa: PLC0415

    if os.environ.get("ANTAR_PRINTER") != "simulated":
        fail("Nobody is here to scan cards: write ANTAR_PRINTER=simulated into .env, then `up --wait`.")
    if os.environ.get("ANTAR_CHANNELS") != "log":
        # Numbers of invented people may be somebody's.
        fail("Messages would go out: write ANTAR_CHANNELS=log into .env, then `up --wait`.")
    try:
        fill(applications, blanks)
    except (PlatformError, DemoError, ExceptionGroup) as failure:
        cause = first_cause(failure)
        if not isinstance(cause, PlatformError | DemoError):
            raise
        fail(cause)
    print("Every public topic has events now; antar agency add lets an agency read them.")
