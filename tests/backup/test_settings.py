"""Settings and secrets come back onto a new server; a backup of another release is told before anything is made."""

import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from shared.events import catalogue
from shared.packages import known
from shared.tables import files
from shared.version import version
from tools.backup import manifest, settings
from tools.backup.archive import sealed
from tools.backup.backing_up import Installation
from tools.backup.opening import opened
from tools.backup.restoring import restore
from tools.cli import app
from tools.deploy import backup_keys
from tools.deploy.backup_keys import IDENTITY, recipient
from tools.deploy.databases import Addresses
from tools.deploy.env_file import EnvFile
from tools.deploy.initialising import initialise, own_group, own_user
from tools.errors import PlatformError

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def _applied() -> dict[str, list[str]]:
    return {service: sorted(files(service, after=False)) for service in known("services")}


@pytest.fixture
def former(tmp_path: Path) -> Path:
    """The folder of an installation, with all kinds of settings."""
    root = tmp_path / "former"
    root.mkdir()
    initialise(root, "antar.example.id")
    with (root / ".env").open("a") as file:
        file.write("COMPOSE_FILE=docker-compose.yml:docker-compose.agencies.yml\n")
    text = (root / ".env").read_text()
    text = text.replace(f"ANTAR_OWNER={own_user()}", "ANTAR_OWNER=4711:4711")
    (root / ".env").write_text(text.replace(f"ANTAR_SECRETS_GROUP={own_group()}", "ANTAR_SECRETS_GROUP=4711"))
    (root / "notify.env").write_text("ANTAR_SMTP_HOST=mail.example.id\n")
    (root / "deploy" / "proxy").mkdir(parents=True)
    (root / "deploy" / "proxy" / "key.pem").write_text("a key\n")
    (root / "deploy" / "proxy" / "Caddyfile").touch()
    (root / "deploy" / "prometheus").mkdir()
    (root / "deploy" / "prometheus" / "alertmanagers.yml").write_text("- targets: [alerts.example.id:9093]\n")
    (root / "deploy" / "prometheus" / "alerts.yml").touch()
    return root


def _backed_up(former: Path, **changed: Any) -> Path:
    made = manifest.made(NOW, _applied(), {}).model_copy(update=changed)
    file = former / "backups" / "antar.tar.age"
    with sealed(file, recipient(former / "secrets")) as archive:
        archive.add(manifest.NAME, made.model_dump_json().encode())
        for name, content in settings.files(former):
            archive.add(f"{settings.PREFIX}{name}", content)
        archive.pour("databases/intake", [b"not looked at"])
    return file


def _init(root: Path, file: Path, identity: str) -> Result:
    return CliRunner().invoke(app, ["init", "--folder", str(root), "--from", str(file)], input=identity)


def _content(root: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_new_server_gets_the_settings_and_secrets_of_the_former(former: Path, tmp_path: Path) -> None:
    file, new = _backed_up(former), tmp_path / "new"
    new.mkdir()
    done = _init(new, file, (former / IDENTITY).read_text())
    assert done.exit_code == 0, done.output
    before, after = dict(_content(former)), dict(_content(new))
    for machine in (before, after):
        machine.pop(".env")
    for elsewhere in (IDENTITY, "backups/antar.tar.age", "deploy/proxy/Caddyfile", "deploy/prometheus/alerts.yml"):
        before.pop(elsewhere)
    assert after == before
    assert (new / "backups").is_dir()
    found = EnvFile(new).read()
    assert found == EnvFile(former).read() | {"ANTAR_OWNER": own_user(), "ANTAR_SECRETS_GROUP": own_group()}


def test_nobody_but_the_owner_and_the_containers_can_read_what_came_back(former: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    _init(new, _backed_up(former), (former / IDENTITY).read_text())
    assert stat.S_IMODE((new / "secrets").stat().st_mode) == 0o700
    for_containers = [*(new / "secrets").iterdir(), new / "deploy" / "proxy" / "key.pem"]
    for path in for_containers:
        assert stat.S_IMODE(path.stat().st_mode) == 0o640, path.name
        assert path.stat().st_gid == int(own_group())
    for name in (".env", "notify.env"):
        assert stat.S_IMODE((new / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"version": "0.0.9"}, f"made by version 0.0.9, and this is {version()}"),
        ({"finished": {"notify": ["9999"]}}, r"other tables.*migrations 9999"),
        ({"partitions": dict.fromkeys(catalogue.every_topic(), 24)}, r"other tables or topics than this \(topics\)"),
    ],
)
def test_one_of_another_release_is_refused_before_anything_is_made(
    former: Path, tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    file, new = _backed_up(former, **changed), tmp_path / "new"
    new.mkdir()
    with pytest.raises(PlatformError, match=says):
        settings.put_back(new, file, (former / IDENTITY).read_text())
    assert not list(new.iterdir())


@pytest.mark.parametrize("notify", [[*_applied()["notify"], "9999"], _applied()["notify"][:-1]])
def test_one_from_the_midst_of_an_upgrade_or_from_after_the_way_back_is_taken(
    former: Path, tmp_path: Path, notify: list[str]
) -> None:
    file, new = _backed_up(former, migrations=_applied() | {"notify": notify}), tmp_path / "new"
    assert ".env" in settings.put_back(new, file, (former / IDENTITY).read_text())


def test_where_there_are_secrets_already_none_is_touched(former: Path, tmp_path: Path) -> None:
    file = _backed_up(former)
    before = _content(former)
    done = _init(former, file, (former / IDENTITY).read_text())
    assert done.exit_code == 1
    assert ".env is there already" in done.stderr
    assert _content(former) == before


@pytest.mark.parametrize("name", ["intake_secret_key", "oidc_client_secret", "sign_in_administrator_password"])
async def test_data_are_not_restored_where_a_secret_that_they_need_is_another_one(former: Path, name: str) -> None:
    file, identity = _backed_up(former), backup_keys.identity((former / IDENTITY).read_text())
    nowhere = Installation(former, Addresses("", {}, [], []), "127.0.0.1:1")
    (former / "secrets" / "session_key").write_text("another, which only asks people to sign in anew")
    with pytest.raises(PlatformError, match="is not whole"):
        await restore(nowhere, file, identity)
    (former / "secrets" / name).write_text("another one")
    with pytest.raises(PlatformError, match=f"^secrets/{name}: not those of the backup") as told:
        await restore(nowhere, file, identity)
    assert "another one" not in str(told.value)


def test_a_sign_in_elsewhere_keeps_its_own_secret(former: Path) -> None:
    file, identity = _backed_up(former), backup_keys.identity((former / IDENTITY).read_text())
    text = (former / ".env").read_text()
    (former / ".env").write_text(text.replace("=kafka,postgres,sign-in", "=kafka,postgres"))
    (former / "secrets" / "oidc_client_secret").write_text("changed there since")
    with opened(file, identity) as members:
        next(members)
        settings.refuse_other_secrets(former, members)


def test_one_that_broke_off_is_done_again_and_can_be_started_only_when_it_is_whole(
    former: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, identity, new = _backed_up(former), (former / IDENTITY).read_text(), tmp_path / "new"
    true_write = settings.write

    def breaks_off(path: Path, content: bytes, group: int | None) -> None:
        if path.name == "session_key":
            raise OSError(28, "No space left on device")
        true_write(path, content, group)

    monkeypatch.setattr(settings, "write", breaks_off)
    with pytest.raises(PlatformError, match="session_key cannot be written"):
        settings.put_back(new, file, identity)
    assert len(list((new / "secrets").iterdir())) > 10
    assert not (new / ".env").exists()
    monkeypatch.undo()
    assert settings.put_back(new, file, identity) == settings.put_back(new, file, identity)
    assert (new / "secrets" / "session_key").read_bytes() == (former / "secrets" / "session_key").read_bytes()


def test_beside_a_secret_that_is_another_one_none_is_put_back(former: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    (new / "secrets").mkdir(parents=True)
    (new / "secrets" / "session_key").write_text("another")
    with pytest.raises(PlatformError, match="session_key is there already"):
        settings.put_back(new, _backed_up(former), (former / IDENTITY).read_text())
    assert set(_content(new)) == {"secrets/session_key"}


def test_what_is_no_backup_is_said_to_be_none(former: Path, tmp_path: Path) -> None:
    with sealed(former / "backups" / "other.age", recipient(former / "secrets")) as archive:
        archive.add("something", b"else")
    done = _init(tmp_path, former / "backups" / "other.age", (former / IDENTITY).read_text())
    assert "This is no backup of Antar's" in done.stderr


def test_the_identity_stands_in_no_backup_and_is_made_once(former: Path) -> None:
    assert IDENTITY not in dict(settings.files(former))
    assert stat.S_IMODE((former / IDENTITY).stat().st_mode) == 0o600
    (former / IDENTITY).unlink()
    assert initialise(former).secrets == []
    assert not (former / IDENTITY).exists()


def test_a_lost_recipient_is_made_of_the_identity_that_is_still_there(former: Path) -> None:
    kept, secret = (former / IDENTITY).read_text(), former / "secrets" / "backup_recipient"
    before = secret.read_text()
    secret.unlink()
    assert initialise(former).secrets == ["backup_recipient"]
    assert (former / IDENTITY).read_text() == kept
    assert secret.read_text() == before


def test_a_file_that_belongs_elsewhere_is_not_put_back(former: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    with sealed(former / "backups" / "evil.age", recipient(former / "secrets")) as archive:
        archive.add(manifest.NAME, manifest.made(NOW, _applied(), {}).model_dump_json().encode())
        archive.add(f"{settings.PREFIX}../evil", b"")
    with pytest.raises(PlatformError, match="no file of an installation"):
        settings.put_back(new, former / "backups" / "evil.age", (former / IDENTITY).read_text())
    assert not (tmp_path / "evil").exists()
