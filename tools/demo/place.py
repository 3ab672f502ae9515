"""Where a demonstration takes place: a platform of its own, or an installation that runs already."""

import ssl
from typing import Protocol

from tools.embedded.tokens import TokenSource
from tools.errors import PlatformError


class Place(Protocol):
    """What a demonstration knows of it."""

    def start(self) -> None:
        """Ready to work when it returns."""

    def stop(self) -> None:
        """Nobody needs it any more."""

    @property
    def failure(self) -> PlatformError | None:
        """Why it cannot go on, None while it can."""

    @property
    def bootstrap(self) -> str:
        """Kafka's address for somebody who may read everything."""

    @property
    def trust(self) -> ssl.SSLContext | bool:
        """Whom to believe that they are its services; True for whom this machine believes."""

    @property
    def sign_in(self) -> TokenSource:
        """Where machines get their tokens."""

    def urls(self) -> dict[str, str]:
        """The address of each service's interface for machines."""

    def tracking(self) -> str:
        """What stands before /lacak/CODE."""

    def dsn(self, name: str) -> str:
        """The address of a service's database, for somebody who may read it."""
