"""An operator prepares an installation: every secret is made once, nothing that is there is ever changed."""

import ssl
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509

from shared import kafka
from shared.packages import known
from tools.access.addresses import administrator
from tools.deploy import databases
from tools.deploy.env_file import EnvFile
from tools.deploy.initialising import Elsewhere, initialise
from tools.errors import PlatformError


def _content(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    assert initialise(tmp_path, "antar.example.id").secrets
    before = _content(tmp_path)
    assert initialise(tmp_path, "another.example.id") == ([], [])
    assert _content(tmp_path) == before


def test_what_was_lost_is_made_anew_and_the_rest_stays(tmp_path: Path) -> None:
    initialise(tmp_path)
    before = _content(tmp_path)
    (tmp_path / "secrets" / "notify_kafka").unlink()
    assert initialise(tmp_path).secrets == ["notify_kafka"]
    after = _content(tmp_path)
    assert after.pop("secrets/notify_kafka") != before.pop("secrets/notify_kafka")
    assert after == before


def test_settings_of_the_operator_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# ours\nANTAR_DOMAIN=antar.bekasi.example\nSOMETHING='else'")
    initialise(tmp_path)
    settings = EnvFile(tmp_path).read()
    assert settings["ANTAR_DOMAIN"] == "antar.bekasi.example"
    assert settings["SOMETHING"] == "else"
    assert (tmp_path / ".env").read_text().startswith("# ours\n")


def test_nobody_but_the_owner_and_the_containers_can_read_a_secret(tmp_path: Path) -> None:
    initialise(tmp_path)
    group = int(EnvFile(tmp_path).read()["ANTAR_SECRETS_GROUP"])
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    for path in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o640, path.name
        assert path.stat().st_gid == group


def test_no_two_installations_share_a_secret(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        initialise(tmp_path / name, "localhost")
    one, other = (_content(tmp_path / name / "secrets") for name in ("one", "other"))
    assert {name for name in one if one[name] == other[name]} == {"administrator_kafka"}  # it names files alone


def test_every_service_gets_a_database_of_its_own_and_a_role_that_does_not_own_it(tmp_path: Path) -> None:
    initialise(tmp_path)
    addresses = databases.in_folder(tmp_path / "secrets")
    owners = [databases.account(address) for address in addresses.services.values()]
    running = [databases.account(address) for address in addresses.running]
    assert [who.user for who in owners] == known("services") == [who.database for who in owners]
    assert [who.user for who in running] == [f"{name}_run" for name in known("services")]
    passwords = {who.password for who in (*owners, *running)}
    assert len(passwords) == 2 * len(known("services"))


def test_the_broker_is_known_by_the_names_under_which_it_is_reached(tmp_path: Path) -> None:
    initialise(tmp_path, "antar.example.id")
    text = (tmp_path / "secrets" / "kafka_broker").read_bytes()
    names = x509.load_pem_x509_certificate(text).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert set(names.value.get_values_for_type(x509.DNSName)) == {"kafka", "localhost", "antar.example.id"}
    address = administrator(None, tmp_path / "secrets")
    here = address.replace("/run/secrets", str(tmp_path / "secrets"))
    assert kafka.read(here).servers == ("kafka:9094",)


def test_whoever_checks_strictly_believes_the_broker(tmp_path: Path) -> None:
    initialise(tmp_path)
    folder = tmp_path / "secrets"
    broker, client = (ssl.SSLContext(way) for way in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT))
    broker.load_cert_chain(folder / "kafka_broker")
    broker.load_verify_locations(folder / "kafka_ca")
    broker.verify_mode = ssl.CERT_REQUIRED
    client.load_cert_chain(folder / "kafka_administrator")
    client.load_verify_locations(folder / "kafka_ca")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    to_broker, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_broker, server_hostname="kafka")
    its = broker.wrap_bio(to_broker, to_client, server_side=True)
    for side in (ours, its, ours, its):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    assert ours.getpeercert()["subject"] == ((("commonName", "antar-broker"),),)
    assert its.getpeercert()["subject"] == ((("commonName", "antar-administrator"),),)


def test_servers_that_are_there_already_are_not_started_again(tmp_path: Path) -> None:
    there = Elsewhere(kafka="broker.example:9193", postgres="db.example:5432", issuer="https://sso.example/realms/city")
    initialise(tmp_path, "antar.example.id", there)
    settings = EnvFile(tmp_path).read()
    assert settings["COMPOSE_PROFILES"] == ""
    assert (settings["ANTAR_OIDC_ISSUER"], settings["ANTAR_OIDC_DISCOVERY"]) == (there.issuer, "")
    assert "@db.example:5432/intake" in (tmp_path / "secrets" / "intake_run_database_url").read_text()
    assert "@broker.example:9193?" in (tmp_path / "secrets" / "intake_kafka").read_text()


@pytest.mark.parametrize(
    "domain", ["https://antar.example.id", "antar example", "antar.example.id/loket", "-x.id", "a" * 300]
)
def test_a_name_that_is_none_is_refused_before_anything_is_made(tmp_path: Path, domain: str) -> None:
    with pytest.raises(PlatformError, match="no name of a machine"):
        initialise(tmp_path, domain)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("there", "says"),
    [
        (Elsewhere(kafka="broker.example"), "not HOST:PORT"),
        (Elsewhere(postgres="db.example:99999"), "not HOST:PORT"),
        (Elsewhere(issuer="sso.example/realms/city"), "no provider's address"),
    ],
)
def test_a_server_that_is_none_is_refused_before_anything_is_made(tmp_path: Path, there: Elsewhere, says: str) -> None:
    with pytest.raises(PlatformError, match=says):
        initialise(tmp_path, "antar.example.id", there)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "lost",
    [
        "intake_secret_key", "kafka_ca", "kafka_ca_key", "oidc_client_secret", "postgres_password",
        "sign_in_administrator_password",
    ],
)  # fmt: skip
def test_a_secret_that_others_know_too_is_named_when_it_is_lost_and_not_replaced(tmp_path: Path, lost: str) -> None:
    initialise(tmp_path)
    (tmp_path / "secrets" / lost).unlink()
    before = _content(tmp_path)
    with pytest.raises(PlatformError, match=f"{lost} is missing.* put it back from a backup"):
        initialise(tmp_path)
    assert _content(tmp_path) == before


@pytest.mark.parametrize("kept", ["kafka_broker", "kafka_administrator"])
def test_no_new_authority_is_made_beside_what_the_former_has_signed(tmp_path: Path, kept: str) -> None:
    initialise(tmp_path)
    signed = {"kafka_ca", "kafka_ca_key", "kafka_broker", "kafka_administrator"}
    for name in signed - {kept}:
        (tmp_path / "secrets" / name).unlink()
    with pytest.raises(PlatformError, match="kafka_ca is missing"):
        initialise(tmp_path)
    (tmp_path / "secrets" / kept).unlink()
    assert set(initialise(tmp_path).secrets) == signed


def test_a_secret_that_was_emptied_is_named_and_not_replaced(tmp_path: Path) -> None:
    initialise(tmp_path)
    (tmp_path / "secrets" / "session_key").write_text("")
    before = _content(tmp_path)
    with pytest.raises(PlatformError, match="session_key is empty"):
        initialise(tmp_path)
    assert _content(tmp_path) == before


@pytest.mark.parametrize("last", ["session_key", "intake_secret_key", "postgres_password", "kafka_ca_key", "kafka_ca"])
def test_a_first_start_that_was_cut_off_is_made_whole(tmp_path: Path, last: str) -> None:
    initialise(tmp_path)
    folder = tmp_path / "secrets"
    made = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for path in made[[path.name for path in made].index(last) + 1 :]:
        path.unlink()
    initialise(tmp_path)
    assert {path.name for path in folder.iterdir()} == {path.name for path in made}
    broker = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    broker.load_cert_chain(folder / "kafka_broker")
    issued, authority = (
        x509.load_pem_x509_certificate((folder / name).read_bytes()) for name in ("kafka_broker", "kafka_ca")
    )
    issued.verify_directly_issued_by(authority)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "intake_database_url is missing"),
        ("postgresql://intake:changeme@postgres:5432/intake", "intake_database_url: a password of 16"),
        ("intake", r"postgresql://USER:PASSWORD@HOST:PORT/NAME"),
    ],
)
def test_databases_are_not_prepared_with_a_placeholder(tmp_path: Path, content: str | None, says: str) -> None:
    initialise(tmp_path)
    file = tmp_path / "secrets" / "intake_database_url"
    file.unlink()
    if content:
        file.write_text(content)
    with pytest.raises(PlatformError, match=says):
        databases.in_folder(tmp_path / "secrets")


def test_a_half_written_secret_of_a_start_that_was_cut_off_is_not_kept(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "session_key.new").write_text("half")
    initialise(tmp_path)
    assert len((folder / "session_key").read_text().strip()) == 64
    assert not list(folder.glob("*.new"))
