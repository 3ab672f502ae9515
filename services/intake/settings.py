"""What intake is told from outside."""

from pydantic import Field, SecretStr, field_validator

from shared.settings import ServiceSettings, real_key


class Settings(ServiceSettings):
    """`secret_key` is 32 random bytes in hexadecimal: all personal numbers are sealed and found with it.

    Losing it means losing every NIK; changing it makes stored ones unreadable. `tracking_address` and `help_line` stand
    on receipts, the first without scheme, as in messages.
    """

    http_port: int = 8101
    secret_key: SecretStr
    import_batch: int = Field(default=1000, ge=1, le=5000)
    """Rows of a file taken in one transaction: more is a little faster, and other requests wait longer."""

    tracking_address: str = "127.0.0.1:8104/lacak"
    help_line: str = "1500-537"
    retention_days: int = Field(default=1825, ge=1)
    """Days after its end when a case no longer says whose it was."""

    @field_validator("secret_key")
    @classmethod
    def _real_key(cls, value: SecretStr) -> SecretStr:
        return real_key(value, "ANTAR_SECRET_KEY")
