"""How a command of `antar` ends when it cannot do its work: in one sentence, and nobody speaks beside it."""

import logging
import sys
from typing import NoReturn

import typer


def fail(failure: Exception) -> NoReturn:
    """Says in one line why, and ends with 1."""
    print(f"antar: {failure}", file=sys.stderr)
    raise typer.Exit(1)


def first_cause(error: BaseException) -> BaseException:
    """The error inside the groups that concurrent work wraps it in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def silence_kafka() -> None:
    """What the client would tell of a broker that is away, again and again, the command tells once."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
