"""What notify is told from outside: by which ways to send, where the tracking page is, who answers the phone."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from services.notify.texts import OWN_TEXTS
from shared.events.notify import Channel
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the notify service.

    `channels` is an ordered list such as "http,email,log". A message goes by the first that takes it. "log" takes
    everything, so it can only be the last. `tracking_address` stands in the messages, short and without scheme.
    """

    channels: str = "log"
    texts: Path = OWN_TEXTS
    help_line: str = "1500-537"
    tracking_address: str = "127.0.0.1:8104/lacak"

    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = None

    http_gateway_url: SecretStr | None = None
    http_gateway_method: str = "POST"
    http_gateway_headers: dict[str, SecretStr] = Field(default_factory=dict)
    http_gateway_content_type: str = "application/json"
    http_gateway_body: str = '{"to": "$phone", "text": "$text"}'
    http_gateway_id_header: str = "Idempotency-Key"
    http_gateway_success: str = "200-299"
    http_gateway_success_pattern: str | None = None
    http_gateway_retry_pattern: str | None = None
    http_gateway_retry: str = "401-403,408,425,429,500-599"
    http_gateway_next_channel: str = "404,410"

    lookups_per_minute: int = 60
    misses_per_minute: int = 10

    @property
    def channel_list(self) -> list[Channel]:
        """The channels in order."""
        return [Channel(name.strip().upper()) for name in self.channels.split(",") if name.strip()]

    @model_validator(mode="after")
    def _channels_are_told_enough(self) -> Self:
        channels = self.channel_list
        if not channels or len(set(channels)) < len(channels):
            raise ValueError("ANTAR_CHANNELS must name each channel once, at least one of http, email, log")
        if Channel.LOG in channels[:-1]:
            raise ValueError("ANTAR_CHANNELS: log takes every message, so it must come last")
        if Channel.EMAIL in channels and not (self.smtp_host and self.smtp_from):
            raise ValueError("ANTAR_CHANNELS names email: set ANTAR_SMTP_HOST and ANTAR_SMTP_FROM")
        if Channel.HTTP in channels and not self.http_gateway_url:
            raise ValueError("ANTAR_CHANNELS names http: set ANTAR_HTTP_GATEWAY_URL")
        return self
