"""What the launcher does when a disk is full, a port is taken, or a process dies or will not die."""

from pathlib import Path

import pytest

from tools.embedded.child import Child, stop_all
from tools.embedded.folder import DataFolder
from tools.embedded.ports import PortBook, free_port
from tools.embedded.supervision import Part, Supervision
from tools.errors import PlatformError


def test_launchers_starting_at_once_choose_different_ports(tmp_path: Path) -> None:
    wanted = free_port()
    books = [PortBook(tmp_path), PortBook(tmp_path)]
    chosen = [book.choose("intake", asked=None, remembered=None, usual=wanted) for book in books]
    for book in books:
        book.close()
    assert chosen[0] == wanted
    assert chosen[1] != wanted


def test_a_full_disk_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match=r"has only \d+ MB free and Antar needs"):
        DataFolder(tmp_path / "data", needed=10**18).open()


def test_a_child_that_meets_a_full_disk_says_so(tmp_path: Path) -> None:
    child = Child("Kafka", ("sh", "-c", "echo 'write: No space left on device'; exit 1"), tmp_path / "log")
    child.start()
    with pytest.raises(PlatformError, match="The disk is full, so Kafka ended while starting"):
        child.wait_ready(lambda: False, 10)


def test_a_service_that_cannot_start_is_quoted(tmp_path: Path) -> None:
    child = Child("intake", ("sh", "-c", "echo 'no such table: blanks'; exit 3"), tmp_path / "log")
    child.start()
    with pytest.raises(PlatformError, match=r"intake ended while starting \(exit code 3\)[^$]*no such table: blanks"):
        child.wait_ready(lambda: False, 10)


def test_a_service_that_keeps_dying_ends_the_platform(tmp_path: Path) -> None:
    child = Child("notify", ("sh", "-c", "echo bad template; exit 4"), tmp_path / "log")
    child.start()
    said: list[str] = []
    supervision = Supervision([Part(child, child.start)], said.append, back_off=(0, 0.1))
    supervision.start()
    with pytest.raises(PlatformError, match=r"notify ended 3 times in a minute[^$]*bad template"):
        supervision.wait()
    assert len(said) == 2


def test_a_child_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    child = Child("dispatch", ("sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"), tmp_path / "log")
    child.start()
    child.wait_ready(lambda: "up" in child.output(), 10)
    stop_all([child], timeout=0.3)
    assert not child.alive
