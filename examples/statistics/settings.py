"""What the statistics service is told from outside."""

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing but what every service is told."""
