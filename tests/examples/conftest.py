"""What the tests of the examples share."""

from pathlib import Path

import pytest

from tests.examples.copied import copy_project


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the project."""
    return copy_project(tmp_path)
