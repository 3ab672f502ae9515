"""The file of a backup: whole or not there, for whom it was closed alone, and never mistaken when it is damaged."""

import resource
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pyrage.x25519 import Identity

from tools.backup.archive import PIECE, Archive, sealed
from tools.backup.folder import METRIC, SHOWN, alone, new_name, show, thin_out
from tools.backup.opening import LAST, by_folder, opened, whole
from tools.deploy import backup_keys
from tools.deploy.initialising import initialise
from tools.errors import PlatformError

LARGE = bytes(range(256)) * (PIECE // 100)


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, identity: Identity) -> Path:
    """A backup of some megabytes."""
    path = tmp_path_factory.mktemp("backups") / "antar-20261129T080000Z.tar.age"
    with sealed(path, identity.to_public()) as archive:
        _fill(archive)
    return path


def _sealed(folder: Path, identity: Identity) -> AbstractContextManager[Archive]:
    return sealed(folder / "b", identity.to_public())


def _fill(archive: Archive) -> None:
    archive.add("manifest.json", b"{}")
    archive.pour("databases/intake", (LARGE[start : start + PIECE] for start in range(0, len(LARGE), PIECE)))
    archive.piece("topics/some", b"last", ".jsonl.gz")
    archive.add(LAST, b"[]")


def test_what_was_put_in_comes_out_in_its_order(file: Path, identity: Identity) -> None:
    with opened(file, identity) as members:
        found = [(folder, b"".join(pieces)) for folder, pieces in by_folder(members)]
    assert found == [("", b"{}"), ("databases/intake", LARGE), ("topics/some", b"last"), ("", b"[]")]
    assert whole(file, identity) == {"manifest.json": b"{}", LAST: b"[]"}


def test_any_age_and_any_tar_open_it(file: Path, identity: Identity, tmp_path: Path) -> None:
    pyrage.decrypt_file(str(file), str(tmp_path / "backup.tar"), [identity])
    names = subprocess.run(["tar", "-tf", tmp_path / "backup.tar"], capture_output=True, text=True, check=True).stdout
    assert "databases/intake/000001\ndatabases/intake/000002\n" in names
    with tarfile.open(tmp_path / "backup.tar") as tar:
        assert {member.mode for member in tar} == {0o600}


def test_nobody_else_opens_it(file: Path) -> None:
    with pytest.raises(PlatformError, match="closed for another identity"):
        whole(file, Identity.generate())
    assert LARGE[:256] not in file.read_bytes()


@pytest.mark.parametrize("left", [0, 10, 250, 70_000, -1])
def test_one_that_was_cut_off_is_refused(file: Path, identity: Identity, tmp_path: Path, left: int) -> None:
    cut = tmp_path / file.name
    cut.write_bytes(file.read_bytes()[:left])
    with pytest.raises(PlatformError, match="damaged or cut off"):
        whole(cut, identity)


@pytest.mark.parametrize("place", [5, 100, 70_000, -300])
def test_one_in_which_a_single_bit_is_different_is_refused(
    file: Path, identity: Identity, tmp_path: Path, place: int
) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    damaged = tmp_path / file.name
    damaged.write_bytes(content)
    with pytest.raises(PlatformError, match=r"damaged or cut off|closed for another"):
        whole(damaged, identity)


def test_one_without_its_end_is_refused_though_nothing_in_it_is_damaged(identity: Identity, tmp_path: Path) -> None:
    with _sealed(tmp_path, identity) as archive:
        archive.add("manifest.json", b"{}")
    with pytest.raises(PlatformError, match="not whole"):
        whole(tmp_path / "b", identity)


def test_of_one_that_failed_on_the_way_nothing_is_left(identity: Identity, tmp_path: Path) -> None:
    def fail() -> None:
        with _sealed(tmp_path, identity) as archive:
            _fill(archive)
            assert [path.name for path in tmp_path.iterdir()] == ["b.partial"]
            raise PlatformError("the broker is away")

    with pytest.raises(PlatformError, match="the broker is away"):
        fail()
    assert not list(tmp_path.iterdir())


@pytest.fixture
def narrow() -> Iterator[None]:
    """No file may become larger than a mebibyte."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("narrow")
def test_where_there_is_no_room_it_says_so_and_leaves_nothing(identity: Identity, tmp_path: Path) -> None:
    with (
        pytest.raises(PlatformError, match="b cannot be written"),
        _sealed(tmp_path, identity) as archive,
    ):
        _fill(archive)
    assert not list(tmp_path.iterdir())


def test_the_newest_are_kept_and_half_of_one_is_taken_away(tmp_path: Path) -> None:
    first = datetime(2026, 12, 31, 23, tzinfo=UTC)
    names = [new_name(first + timedelta(hours=hours)) for hours in range(4)]
    for name in (*names, f"{new_name(first)}.partial", "something-else.tar.age"):
        (tmp_path / name).touch()
    with alone(tmp_path):
        assert thin_out(tmp_path, keep=2) == [names[1], names[0]]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", *names[2:], "something-else.tar.age"]


def test_who_watches_is_told_of_the_newest_backup(tmp_path: Path) -> None:
    initialise(tmp_path, "antar.example.id")
    for day in (1, 2):
        show(tmp_path / "backups", datetime(2026, 12, day, tzinfo=UTC))
    file = tmp_path / "backups" / SHOWN
    (family,) = text_string_to_metric_families(file.read_text())
    assert [(one.name, one.value) for one in family.samples] == [
        (METRIC, datetime(2026, 12, 2, tzinfo=UTC).timestamp())
    ]
    # The proxy is another user.
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o755
    assert stat.S_IMODE(file.parent.parent.stat().st_mode) == 0o700


def test_a_backup_that_cannot_be_shown_is_said_to_be_whole(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match=r"The backup is whole, but .*shown cannot be written"):
        show(tmp_path, datetime(2026, 12, 1, tzinfo=UTC))


def test_two_at_a_time_are_refused(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(PlatformError, match="A backup or an upgrade is under way"), alone(tmp_path):
        pass


def test_an_identity_is_read_as_age_writes_it_and_is_never_quoted(tmp_path: Path) -> None:
    text = backup_keys.new_identity()
    recipient = str(backup_keys.identity(text).to_public())
    assert f"# public key: {recipient}\n" in text
    (tmp_path / "backup_recipient").write_text(recipient + "\n")
    assert str(backup_keys.recipient(tmp_path)) == recipient
    with pytest.raises(PlatformError) as told:
        backup_keys.identity(text[:-5])
    assert "SECRET-KEY-1…" in str(told.value)
    assert text.splitlines()[-1][20:40] not in str(told.value)
    with pytest.raises(PlatformError, match="no recipient"):
        (tmp_path / "backup_recipient").write_text("age1")
        backup_keys.recipient(tmp_path)
