"""The file `.env` of an installation: what may be seen, one setting a line, each with what it is for."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tools.errors import PlatformError

NAME: Final = ".env"

ABOUT: Final = {
    "COMPOSE_PROFILES": (
        "What runs here beside Antar's own services, separated by commas: kafka, postgres, sign-in. One that you have",
        "elsewhere is left out. Also: observability (Prometheus, Grafana), mail (Mailpit, for trying messages).",
    ),
    "ANTAR_DOMAIN": ("The name by which browsers reach this city's Antar.",),
    "ANTAR_TLS": (
        "How the proxy gets its certificate: an e-mail address for one from a public authority; internal for one of",
        "its own, which browsers warn of; /etc/caddy/certificate.pem /etc/caddy/key.pem for those in deploy/proxy.",
    ),
    "ANTAR_OIDC_ISSUER": ("The OpenID Connect provider, as it writes itself in its tokens.",),
    "ANTAR_OIDC_DISCOVERY": ("Where services find the provider, if not by that address; empty for by it.",),
    "ANTAR_CITY": ("The city's code (Kemendagri), and the office as it stands over every page.",),
    "ANTAR_OFFICE": (),
    "ANTAR_HELP_LINE": ("The telephone number on receipts and in messages.",),
    "ANTAR_CHANNELS": (
        "How citizens are told: http (a gateway for SMS or WhatsApp), email, log (tells nobody); in this order. Their",
        "settings are in notify.env (services/notify/README.md).",
    ),
    "ANTAR_PRINTER": ("manual: an operator scans each card; simulated: cards print themselves, for trying.",),
    "ANTAR_SECRETS_GROUP": ("The group of the containers, which may read the files in secrets/.",),
    "ANTAR_OWNER": ("UID:GID of the owner of this folder, who reads settings and secrets for a backup.",),
}
"""What each setting is for; a setting without words belongs to the one above it."""


class EnvFile:
    """The settings of the installation in `root`; those that stand there are never changed."""

    def __init__(self, root: Path) -> None:
        self.path = root / NAME

    def read(self) -> dict[str, str]:
        """What stands there; empty where there is no file.

        Raises:
            PlatformError: a line is not NAME=VALUE.
        """
        found: dict[str, str] = {}
        for number, line in enumerate(self._text().splitlines(), start=1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            name, equals, value = line.partition("=")
            if not equals:
                raise PlatformError(f"{self.path}, line {number}: write NAME=VALUE.")
            found[name.strip()] = value.strip().strip("'\"")
        return found

    def add(self, settings: Mapping[str, str]) -> list[str]:
        """Adds the settings that do not stand there yet, each under what it is for.

        Returns:
            Their names.

        Raises:
            PlatformError: the file cannot be read or written.
        """
        there = self.read()
        missing = {name: value for name, value in settings.items() if name not in there}
        if missing:
            text = self._text()
            text += "" if not text or text.endswith("\n") else "\n"
            self._write(text + "".join(_lines(name, value) for name, value in missing.items()))
        return list(missing)

    def _text(self) -> str:
        try:
            return self.path.read_text("utf-8") if self.path.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise PlatformError(f"{self.path} cannot be read: {error}.") from error

    def _write(self, text: str) -> None:
        new = self.path.with_name(f"{NAME}.new")
        try:
            new.unlink(missing_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            new.replace(self.path)
        except OSError as error:
            raise PlatformError(f"{self.path} cannot be written: {error.strerror}.") from error


def _lines(name: str, value: str) -> str:
    about = "".join(f"# {line}\n" for line in ABOUT.get(name, ()))
    return f"\n{about}{name}={value}\n" if about else f"{name}={value}\n"
