"""How a command of `antar` ends when it cannot do its work: in one sentence, and nobody speaks beside it."""

import logging
import sys
from typing import NoReturn

import typer


def fail(why: Exception | str, code: int = 1) -> NoReturn:
    """Says in one line why, and ends with this exit code: 2 where what was typed makes no sense."""
    say(why)
    raise typer.Exit(code)


def say(what: Exception | str) -> None:
    """Tells whoever gave the command, beside what it prints for programs to read."""
    print(f"antar: {what}", file=sys.stderr, flush=True)


def first_cause(error: BaseException) -> BaseException:
    """The error inside the groups that concurrent work wraps it in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def silence_kafka() -> None:
    """What the client would tell of a broker that is away, again and again, the command tells once."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
