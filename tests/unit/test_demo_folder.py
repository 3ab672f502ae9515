"""A demonstration empties its own folder and never somebody else's."""

from pathlib import Path

import pytest

from tools.demo.folder import empty_folder
from tools.embedded.folder import DataFolder
from tools.errors import PlatformError


def test_a_folder_with_other_data_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "letters.txt"
    precious.write_text("mine")
    with pytest.raises(PlatformError, match="other data"):
        empty_folder(tmp_path)
    assert precious.read_text() == "mine"


def test_what_an_earlier_demonstration_left_is_gone(tmp_path: Path) -> None:
    folder = empty_folder(tmp_path / "demo")
    (folder / "postgres").mkdir()
    (folder / "postgres" / "old").write_text("old")
    (folder / "secrets.json").write_text("{}")
    assert empty_folder(folder) == folder
    assert not (folder / "postgres").exists()
    assert not (folder / "secrets.json").exists()


def test_a_demonstration_that_still_runs_is_not_emptied(tmp_path: Path) -> None:
    folder = empty_folder(tmp_path / "demo")
    (folder / "in-use").write_text("x")
    running = DataFolder(folder)
    running.open()
    try:
        with pytest.raises(PlatformError, match="already runs"):
            empty_folder(folder)
    finally:
        running.close()
    assert (folder / "in-use").exists()


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("x")
    with pytest.raises(PlatformError, match="is a file"):
        empty_folder(tmp_path / "demo")
