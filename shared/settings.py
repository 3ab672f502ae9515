"""What every service is told from outside: one frozen class, read once, from ANTAR_… variables."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """The settings common to all services; a service adds its own in a subclass.

    `database_url` is a PostgreSQL address with user and password, `kafka` a list host:port,host:port.
    """

    # Without inputs in errors: a secret that is nearly right must not stand in the log.
    model_config = SettingsConfigDict(env_prefix="ANTAR_", frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: SecretStr
    kafka: str
    http_host: str = "127.0.0.1"
    http_port: int
    data_dir: Path = Path(".antar")
    log_level: str = "INFO"
    pool_size: int = 8
    max_records: int = 1000
    """Records a poll takes at most; also the size of its transaction."""
