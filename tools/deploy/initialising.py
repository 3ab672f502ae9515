"""`antar init`: all that a city's installation needs before its first start; it asks nothing that it can find out."""

import os
import re
import socket
from pathlib import Path
from typing import Final, NamedTuple

from shared.packages import known
from tools.backup.folder import SHOWN
from tools.deploy.env_file import EnvFile
from tools.deploy.secret_files import SecretFiles
from tools.errors import PlatformError

OWN_GROUP: Final = 10_001
"""The group of the image's user: what root makes belongs to nobody else on the machine."""
BACKUPS: Final = "backups"
"""The folder in which backups lie; if it were missing, the engine would make it, and as root."""
KAFKA: Final = "kafka:9093"
POSTGRES: Final = "postgres:5432"
_NAME: Final = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


class Elsewhere(NamedTuple):
    """Servers that a city has already: HOST:PORT, HOST:PORT, and the provider's address; None for one of ours."""

    kafka: str | None = None
    postgres: str | None = None
    issuer: str | None = None


ALL_OURS: Final = Elsewhere()


class Made(NamedTuple):
    """What was made now: names of secrets, and of settings in `.env`."""

    secrets: list[str]
    settings: list[str]


def initialise(root: Path, domain: str | None = None, elsewhere: Elsewhere = ALL_OURS) -> Made:
    """Makes the secrets and the settings of the installation in `root` that are missing; changes none that is there.

    Raises:
        PlatformError: something cannot be written, or `domain` is no name.
    """
    env = EnvFile(root)
    before = env.read()
    domain = before.get("ANTAR_DOMAIN") or domain or own_name()
    if not _NAME.fullmatch(domain):
        raise PlatformError(f"'{domain}' is no name of a machine, such as antar.example.id.")
    _check(elsewhere)
    group = int(before.get("ANTAR_SECRETS_GROUP") or own_group())
    files = SecretFiles(root, group)
    files.make(
        known("services"), elsewhere.postgres or POSTGRES, elsewhere.kafka or KAFKA, ("kafka", "localhost", domain)
    )
    _make_folder(root / BACKUPS, 0o700)
    _make_folder(root / BACKUPS / SHOWN.parent, 0o755)
    return Made(files.made, env.add(_settings(domain, group, elsewhere)))


def own_group() -> str:
    """The group that may read secrets: of what root makes, nobody else's on the machine."""
    return str(OWN_GROUP if os.geteuid() == 0 else os.getgid())


def own_user() -> str:
    """To whom the installation's folder belongs, as UID:GID."""
    return f"{os.geteuid()}:{os.getegid()}"


def _make_folder(path: Path, mode: int) -> None:
    try:
        if not path.is_dir():
            path.mkdir()
            path.chmod(mode)
    except OSError as error:
        raise PlatformError(f"{path} cannot be made: {error.strerror}.") from error


def _check(elsewhere: Elsewhere) -> None:
    for server in (elsewhere.kafka, elsewhere.postgres):
        host, _, port = (server or POSTGRES).rpartition(":")
        if not _NAME.fullmatch(host) or not port.isdecimal() or not 0 < int(port) < 65536:
            raise PlatformError(f"'{server}' is not HOST:PORT, such as db.example.id:5432.")
    if elsewhere.issuer is not None and not elsewhere.issuer.startswith("https://"):
        raise PlatformError(
            f"'{elsewhere.issuer}' is no provider's address, such as https://sso.example.id/realms/city."
        )


def own_name() -> str:
    """The name of this machine in the world, if it knows one; else localhost."""
    name = socket.getfqdn().lower()
    public = "." in name and not name.endswith((".local", ".localdomain", ".internal", ".lan", ".arpa"))
    return name if public and _NAME.fullmatch(name) and not name.replace(".", "").isdecimal() else "localhost"


def _settings(domain: str, group: int, elsewhere: Elsewhere) -> dict[str, str]:
    ours = {"kafka": elsewhere.kafka, "postgres": elsewhere.postgres, "sign-in": elsewhere.issuer}
    return {
        "COMPOSE_PROFILES": ",".join(name for name, other in ours.items() if other is None),
        "ANTAR_DOMAIN": domain,
        "ANTAR_TLS": "internal",
        **({"ANTAR_OIDC_ISSUER": elsewhere.issuer, "ANTAR_OIDC_DISCOVERY": ""} if elsewhere.issuer else {}),
        "ANTAR_CITY": "32.75",
        "ANTAR_OFFICE": '"Disdukcapil Kota Bekasi"',
        "ANTAR_HELP_LINE": "1500-537",
        "ANTAR_CHANNELS": "log",
        "ANTAR_PRINTER": "manual",
        "ANTAR_SECRETS_GROUP": str(group),
        "ANTAR_OWNER": own_user(),
    }
