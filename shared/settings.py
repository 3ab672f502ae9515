"""What every service is told from outside: one frozen class, read once, from ANTAR_… variables."""

from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.kafka import read
from shared.secret_files import SECRETS

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ServiceSettings(BaseSettings):
    """The settings common to all services; a service adds its own in a subclass.

    `database_url` is a PostgreSQL address with user and password, `kafka` the brokers' (see shared/kafka.py).
    `session_key` is 32 random bytes in hexadecimal, the same for all services of a city: who signs in at one
    has signed in at all. `oidc_issuer` is the address of the OpenID Connect provider; people's roles and areas
    are its claims `antar_roles` and `antar_areas`; `oidc_discovery` is where services find it, if they reach it by
    another address than browsers do. `addresses` are base addresses by prefix ({"/loket": "https://…"}),
    where the services are not behind one. `public_address` is what browsers reach us by (https://antar.example.id),
    where a proxy in front does not pass on its own name and scheme.
    """

    # Without inputs in errors: a secret that is nearly right must not stand in the log.
    model_config = SettingsConfigDict(env_prefix="ANTAR_", frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: SecretStr
    kafka: SecretStr
    http_host: str = "127.0.0.1"
    http_port: int
    data_dir: Path = Path(".antar")
    log_level: str = "INFO"
    pool_size: int = 8
    max_records: int = 1000
    """Records a poll takes at most; also the size of its transaction."""

    session_key: SecretStr
    oidc_issuer: str
    oidc_discovery: str | None = None
    oidc_client_id: str = "antar"
    oidc_client_secret: SecretStr | None = None
    token_audience: str = "antar"  # noqa: S105 - for whom, not the token
    development_sign_in: bool = False
    """Every page says that anybody can sign in here as anybody."""
    addresses: dict[str, str] = Field(default_factory=dict)
    public_address: str | None = None
    city: str = "32.75"
    """The code of the regency or city that is served (Kemendagri); its officers' areas begin with it."""
    office: str = "Disdukcapil Kota Bekasi"
    """The name over every page."""
    traces: str | None = None
    """Where traces go: the address of an OTLP receiver (HTTP, such as http://collector:4318). None: there are none."""
    stuck_seconds: float = Field(default=120, gt=0)
    """A process whose loop, poll or relay has not moved for so long ends itself, to be started anew."""

    def __init__(self, **given: Any) -> None:
        """Given nothing, everything is read from the environment, and from files of the same names in /run/secrets.

        Raises:
            SystemExit: a variable is missing or wrong; a line for each says which.
        """
        try:
            super().__init__(**(given or _from_files()))
        except ValidationError as error:
            if given:
                raise
            raise SystemExit("\n".join(_in_a_line(fault) for fault in error.errors())) from None

    @field_validator("kafka")
    @classmethod
    def _kafka_of_its_form(cls, value: SecretStr) -> SecretStr:
        read(value.get_secret_value())
        return value

    @field_validator("session_key")
    @classmethod
    def _real_session_key(cls, value: SecretStr) -> SecretStr:
        return real_key(value, "ANTAR_SESSION_KEY")

    @field_validator("oidc_discovery", "traces")
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None  # a compose file hands on what is not set as nothing

    @model_validator(mode="after")
    def _developers_sign_in_here_alone(self) -> Self:
        if self.development_sign_in and urlsplit(self.oidc_issuer).hostname not in _LOOPBACK:
            raise ValueError("ANTAR_DEVELOPMENT_SIGN_IN lets in anybody: only with ANTAR_OIDC_ISSUER on 127.0.0.1")
        return self


def _from_files() -> dict[str, Any]:
    return {"_secrets_dir": SECRETS} if SECRETS.is_dir() else {}


def _in_a_line(fault: Any) -> str:
    name = "ANTAR_" + ".".join(str(part) for part in fault["loc"]).upper()
    if fault["type"] == "missing":
        return f"{name} is missing."
    text = fault["msg"].removeprefix("Value error, ")
    return text if name in text or not fault["loc"] else f"{name}: {text}"


def real_key(value: SecretStr, name: str) -> SecretStr:
    """The value if it is 32 bytes in hexadecimal and not a placeholder of zeros.

    Raises:
        ValueError: it is not; names the variable.
    """
    try:
        key = bytes.fromhex(value.get_secret_value())
    except ValueError:
        key = b""
    if len(key) != 32 or len(set(key)) < 8:
        raise ValueError(f"{name} must be 32 random bytes, written as 64 hexadecimal digits")
    return value
