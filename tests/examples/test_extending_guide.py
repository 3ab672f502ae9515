"""docs/extending.md does what it says: its blocks are put where they tell, in a copy of the project."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.examples.copied import ROOT, run

GUIDE = ROOT / "docs" / "extending.md"
FENCE = re.compile(r"^```\w+ file=(\S+) how=(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A piece of code of the guide, the file it belongs to and how it gets there."""

    file: str
    how: str
    text: str


BLOCKS = [Block(*found.groups()) for found in FENCE.finditer(GUIDE.read_text("utf-8"))]


def put(tree: Path, block: Block) -> None:
    path = tree / block.file
    before = path.read_text("utf-8") if path.exists() else ""
    if block.how == "new":
        assert not before, f"{block.file} is there already"
    after = {
        "new": block.text,
        "append": f"{before}\n\n{block.text}",
        "import": before.replace("\nfrom ", f"\n{block.text}from ", 1),
        "row": re.sub(r"(?ms)(.*^\|[^\n]*\n)", lambda table: table[1] + block.text, before, count=1),
    }[block.how]
    assert block.text in after, f"{block.file} has no place for it"
    path.write_text(after, "utf-8")


def test_the_consumers_of_the_guide_are_clean_and_their_tests_green_as_they_stand_there(tree: Path) -> None:
    edits = [block for block in BLOCKS if block.how != "shown"]
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


def test_what_the_guide_shows_of_the_example_is_what_the_example_has() -> None:
    shown = [block for block in BLOCKS if block.how == "shown"]
    assert len(shown) >= 3
    for block in shown:
        assert block.text in (ROOT / block.file).read_text("utf-8"), f"{block.file} has become another"


def test_every_file_that_the_guide_leads_to_is_there() -> None:
    led_to = re.findall(r"\]\(([^)#:]+)\)", GUIDE.read_text("utf-8"))
    assert [path for path in led_to if not (GUIDE.parent / path).exists()] == []
