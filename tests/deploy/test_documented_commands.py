"""What README and docs tell people to type is understood as it stands there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import click
import pytest
import typer
import yaml

from tools.cli import app

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = ("README.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md")))
IN_A_FOLDER: Final = {"init", "doctor", "backup", "restore"}
"""Commands that need the installation's folder, which the operator's container does not see."""
_TYPED: Final = re.compile(r"^```sh\n(.*?)^```$|`((?:antar|docker) [^`]+)`", re.MULTILINE | re.DOTALL)
_OURS: Final = re.compile(r"(?:^|[ (])(?:\.venv/bin/)?antar (?P<bare>.*)|antar:local (?P<image>.*)|"
                          r"docker compose run (?:-\S+ )*(?P<service>\S+)(?P<rest>.*)")  # fmt: skip


class Told(NamedTuple):
    """A command of a page: what `antar` gets."""

    page: str
    words: list[str]
    bare: bool


def told() -> Iterator[Told]:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for page in PAGES:
        for block, inline in _TYPED.findall((ROOT / page).read_text()):
            for line in (block or inline.replace("\n", " ")).replace("\\\n", " ").splitlines():
                for command in re.split(r"&&|\|", line.partition(" #")[0]):
                    if (found := _OURS.search(command.strip())) and not command.strip().startswith(
                        ("alias", "#", "cd ")
                    ):
                        yield _read(page, found, compose)


def _read(page: str, found: re.Match[str], compose: dict[str, dict[str, object]]) -> Told:
    text = found["bare"] or found["image"] or found["rest"] or ""
    words = shlex.split(re.split(r"[<>)]|\) ", text)[0])
    if found["service"]:
        entry = compose[found["service"]].get("entrypoint", ["antar"])
        assert isinstance(entry, list)
        words = [*entry[1:], *words]
    return Told(page, words, found["bare"] is not None)


TOLD: Final = [command for command in told() if command.words]


def test_the_pages_tell_of_many_commands() -> None:
    assert {command.words[0] for command in TOLD} >= {
        "agency", "backup", "init", "parked", "people", "restore", "status", "tail", "token", "upgrade", "why",
    }  # fmt: skip


@pytest.mark.parametrize("command", TOLD, ids=lambda command: f"{command.page}: {' '.join(command.words)}")
def test_each_command_and_option_that_a_page_tells_of_is_there(command: Told) -> None:
    group: click.Command = typer.main.get_command(app)
    context, rest = group.make_context("antar", list(command.words)), list(command.words)
    while isinstance(group, click.Group):
        name, found, rest = group.resolve_command(context, rest)
        assert found is not None
        group = found
        context = group.make_context(name, list(rest), parent=context)


def test_an_installations_folder_is_not_asked_for_where_nobody_sees_it() -> None:
    bare = [command for command in TOLD if command.page == "docs/operations.md" and command.bare]
    assert bare
    assert [command.words for command in bare if command.words[0] in IN_A_FOLDER] == []
