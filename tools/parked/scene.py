"""What all commands on parked records have in common: where to look, for what, and how to say it."""

import asyncio
import getpass
import json
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import typer

from tools.deployment import Deployment, ask, find
from tools.errors import PlatformError
from tools.failing import fail, say
from tools.moments import moment, utc_now
from tools.parked.choice import Choice, place

T = TypeVar("T")


@dataclass(frozen=True)
class Scene:
    """Where to look, and for what."""

    deployment: Deployment
    choice: Choice
    narrows: bool
    """Whether anything was given that makes it less than everything."""

    def ask(self, question: Callable[[str, Any], Awaitable[T]]) -> tuple[dict[str, T], dict[str, str]]:
        """Puts a question to the databases; see `tools.deployment.ask`."""
        return asyncio.run(ask(self.deployment.databases, question))


def scene(
    data: Path | None,
    databases: Iterable[str] | None,
    kafka: str | None,
    services: Sequence[str] | None,
    at: str | None = None,
    *,
    topic: str | None = None,
    key: str | None = None,
    code: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Scene:
    """Reads the options; ends the command with a sentence when they make no sense."""
    try:
        deployment = find(data, databases, kafka).only(services)
        choice = Choice(topic, key, code, _moment(since), _moment(until))
        if at is not None:
            where = place(at)
            choice = replace(choice, topic=where.topic, partition=where.partition, offset=where.offset)
    except (PlatformError, ValueError) as failure:
        fail(failure)
    if at is not None and topic not in (None, choice.topic):
        fail(f"{at} is not on {topic}.", 2)
    return Scene(deployment, choice, choice.narrows or bool(services))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text, utc_now())


def user() -> str:
    """Who sits at this terminal, also behind sudo."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def blocks(blocks_of_lines: Iterable[Sequence[str]]) -> None:
    """Prints each block, without its empty lines, and a blank line between two."""
    text = ["\n".join(line for line in lines if line) for lines in blocks_of_lines]
    if text:
        print("\n\n".join(text))


def as_json(content: Mapping[str, Any], silent: Mapping[str, str]) -> None:
    """Prints the content for a program, with what could not be asked."""
    print(json.dumps(dict(content) | {"unanswered": dict(silent)}, indent=1))


def finish(silent: Mapping[str, str], *, failed: bool = False) -> None:
    """Says on stderr what could not be asked, and makes the exit code 1 for it or when something `failed`."""
    for sentence in silent.values():
        say(sentence)
    if silent or failed:
        raise typer.Exit(1)
