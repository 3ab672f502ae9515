"""The mutation table must keep up with the code: `make mutants` alone would say so too late."""

from pathlib import Path

import pytest

from tests.mutants.__main__ import mutated
from tests.mutants.people import PEOPLE
from tests.mutants.table import MUTANTS, Mutant

ALL = (*MUTANTS, *PEOPLE)
ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("mutant", ALL, ids=lambda m: m.guard)
def test_every_guard_of_the_table_stands_where_the_table_has_it(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text("utf-8")
    compile(mutated(source, mutant), mutant.file, "exec")


def test_every_guard_is_named_once() -> None:
    assert len({mutant.guard for mutant in ALL}) == len(ALL)
