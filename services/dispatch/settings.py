"""What dispatch is told from outside."""

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """The common settings; dispatch needs no other yet."""

    http_port: int = 8103
