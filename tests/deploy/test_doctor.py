"""Before a start an operator hears what is missing, in a sentence that says what to do."""

import os
import shutil
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tools.deploy import certificates, doctor
from tools.deploy.doctor import examine
from tools.deploy.initialising import initialise
from tools.findings import Finding

COMPOSE_FILE = Path(__file__).parents[2] / "docker-compose.yml"


def _machine(**answers: str | None) -> Callable[..., str | None]:
    """A machine whose programs say this; `engine`, `compose`, `ps` and `ntp`."""
    said = {"engine": "27.3.1", "compose": "2.30.0", "ps": "", "ntp": "yes"} | answers

    def run(*command: str) -> str | None:
        if command[0] == "timedatectl":
            return said["ntp"]
        return said["ps" if "ps" in command else "compose" if "compose" in command else "engine"]

    return run


def _found(root: Path, about: str, **answers: str | None) -> Finding:
    return next(finding for finding in examine(root, _machine(**answers)) if finding.about == about)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    initialise(tmp_path, "localhost")
    return tmp_path


def test_it_changes_nothing(tmp_path: Path) -> None:
    list(examine(tmp_path, _machine()))
    assert not list(tmp_path.iterdir())


def test_an_installation_that_was_not_prepared_is_told_how(tmp_path: Path) -> None:
    assert "antar init" in _found(tmp_path, "settings").says


@pytest.mark.parametrize("lost", [False, True])
def test_a_secret_that_is_lost_or_empty_is_named(root: Path, lost: bool) -> None:
    shutil.copy(COMPOSE_FILE, root)
    assert _found(root, "secrets").is_ == "good"
    file = root / "secrets" / "session_key"
    file.unlink()
    if not lost:
        file.touch()
    found = _found(root, "secrets")
    assert found.is_ == "bad"
    assert "session_key" in found.says


@pytest.mark.parametrize(
    ("about", "answers", "is_"),
    [
        ("engine", {"engine": "19.3.8"}, "bad"),
        ("engine", {"engine": "20.10.24+dfsg1"}, "good"),
        ("engine", {"engine": None}, "unknown"),
        ("compose", {"compose": "2.23.3"}, "bad"),
        ("compose", {"compose": "v2.24.0"}, "good"),
        ("clock", {"ntp": "no"}, "bad"),
        ("clock", {"ntp": None}, "unknown"),
    ],
)
def test_what_is_too_old_or_not_corrected_is_told(
    root: Path, about: str, answers: dict[str, str | None], is_: str
) -> None:
    assert _found(root, about, **answers).is_ == is_


def test_a_port_that_another_program_has_is_told_and_our_own_proxy_may_have_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        assert doctor.port(number, ours=False).is_ == "bad"
        assert doctor.port(number, ours=True).is_ == "good"
    assert doctor.port(number, ours=False).is_ == "good"


def test_too_little_memory_is_told(tmp_path: Path) -> None:
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:        2097152 kB\nMemFree: 1 kB\n")
    assert doctor.memory(file) == Finding("memory", "bad", "2.0 GiB; Antar needs 3.5 GiB.")


def test_a_name_that_nobody_knows_is_told() -> None:
    assert doctor.name("antar.invalid").is_ == "bad"
    assert doctor.name("localhost").is_ == "good"


@pytest.mark.parametrize(
    ("names", "days", "says"),
    [
        (["antar.example.id"], 365, "is good until"),
        (["*.example.id"], 365, "is good until"),
        (["other.example.id"], 365, "is not for antar.example.id"),
        (["*.id"], 365, "is not for antar.example.id"),
        (["antar.example.id"], 5, "renew it"),
    ],
)
def test_a_certificate_of_ones_own_must_be_for_the_name_and_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], days: int, says: str
) -> None:
    monkeypatch.setattr(certificates, "VALID", timedelta(days=days))
    file = tmp_path / "deploy" / "proxy" / "certificate.pem"
    file.parent.mkdir(parents=True)
    file.write_bytes(certificates.issue(certificates.authority(), "proxy", names).certificate)
    assert says in doctor.certificate(tmp_path, "antar.example.id", "files").says


def test_a_certificate_that_is_promised_and_not_there_is_told(tmp_path: Path) -> None:
    assert doctor.certificate(tmp_path, "antar.example.id", "files").is_ == "bad"


def test_it_asks_for_a_fresh_backup_and_for_an_identity_that_lies_elsewhere(root: Path) -> None:
    assert "backup-identity.txt is still on this machine" in _found(root, "backups").says
    (root / "backup-identity.txt").unlink()
    assert "There is none yet" in _found(root, "backups").says
    made = root / "backups" / "antar-20261129T080000Z.tar.age"
    made.touch()
    assert _found(root, "backups").is_ == "good"
    long_ago = made.stat().st_mtime - timedelta(days=3).total_seconds()
    os.utime(made, (long_ago, long_ago))
    assert _found(root, "backups") == Finding(
        "backups", "bad", "The newest is 3 days old: is there a cron line for it?"
    )
