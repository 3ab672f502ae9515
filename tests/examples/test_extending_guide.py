"""docs/extending.md does what it says: its blocks are put where they tell, in a copy of the project."""

import ast
import re
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.examples.copied import ROOT, run

GUIDE = ROOT / "docs" / "extending.md"
FENCE = re.compile(r"^```\w+ file=(\S+) how=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLE = "examples/statistics"


class Block(NamedTuple):
    """A piece of code of the guide, the file it belongs to and how it gets there."""

    file: str
    how: str
    text: str


def section(title: str) -> str:
    return GUIDE.read_text("utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(title: str) -> list[Block]:
    return [Block(*found.groups()) for found in FENCE.finditer(section(title))]


def put(tree: Path, block: Block) -> None:
    path = tree / block.file
    before = path.read_text("utf-8") if path.exists() else ""
    how, _, what = block.how.partition(":")
    if how == "new":
        assert not before, f"{block.file} is there already"
    after = {
        "new": lambda: block.text,
        "all": lambda: block.text,
        "append": lambda: f"{before}\n\n{block.text}",
        "import": lambda: before.replace("\nfrom ", f"\n{block.text}from ", 1),
        "row": lambda: re.sub(r"(?ms)(.*^\|[^\n]*\n)", lambda table: table[1] + block.text, before, count=1),
        "instead": lambda: instead(before, block.file, what, block.text),
    }[how]()
    assert block.text in after, f"{block.file} has no place for it"
    path.write_text(after, "utf-8")


def instead(before: str, file: str, what: str, text: str) -> str:
    """`before` with `text` in place of the function `what`, or of the one line that begins with it."""
    lines = before.splitlines(keepends=True)
    found = [(n, n + 1) for n, line in enumerate(lines) if line.startswith(what)]
    if file.endswith(".py"):
        functions = [node for node in ast.parse(before).body if isinstance(node, ast.AsyncFunctionDef)]
        found = [(f.lineno - 1, f.end_lineno or 0) for f in functions if f.name == what]
    ((first, last),) = found
    return "".join((*lines[:first], text, *lines[last:]))


def test_the_consumers_of_the_guide_are_clean_and_their_tests_green_as_they_stand_there(tree: Path) -> None:
    edits = blocks("A consumer in three edits")
    for block in edits:
        put(tree, block)
    python = sorted({block.file for block in edits if block.file.endswith(".py")})
    run(tree, "ruff", "check", "--fix", "--quiet", *python)
    run(tree, "ruff", "format", "--quiet", *python)
    run(tree, "ruff", "check", *python)
    tests = [path for path in python if path.startswith("tests/")]
    alone = "tests/contracts/test_every_subscriber.py::test_each_heard_type_is_applied_alone_on_an_empty_database"
    run(tree, "pytest", *tests, *(f"{alone}_and_nothing_is_parked[{name}]" for name in ("notify", "statistics")))
    run(tree, "mypy", "-p", "examples.statistics", "-p", "services.notify")


def test_the_example_is_what_the_guide_makes_of_an_empty_place(tree: Path) -> None:
    clear(tree)
    command = section("A new service").partition("```sh\n")[2].partition("```")[0]
    antar, *words = shlex.split(command.replace("\\\n", ""))
    assert antar == ".venv/bin/antar"
    run(tree, "tools.cli", *words)
    for block in blocks("A new service"):
        put(tree, block)
    assert texts(tree, sources(tree)) == texts(ROOT, sources(ROOT))


def clear(tree: Path) -> None:
    shutil.rmtree(tree / EXAMPLE)
    (tree / "tests/examples/test_statistics.py").unlink()
    topics = tree / "shared" / "events" / "topics.yaml"
    topics.write_text(topics.read_text("utf-8").replace(", statistics]", "]"), "utf-8")


def sources(tree: Path) -> list[Path]:
    """What the guide makes: the example, its test, and its name among the readers."""
    made = [path for path in (tree / EXAMPLE).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return [*made, tree / "tests/examples/test_statistics.py", tree / "shared/events/topics.yaml"]


def texts(tree: Path, paths: Sequence[Path]) -> dict[str, str]:
    return {str(path.relative_to(tree)): path.read_text("utf-8") for path in paths}


def test_every_file_that_the_guide_leads_to_is_there() -> None:
    led_to = re.findall(r"\]\(([^)#:]+)\)", FENCE.sub("", GUIDE.read_text("utf-8")))
    assert [path for path in led_to if not (GUIDE.parent / path).exists()] == []
