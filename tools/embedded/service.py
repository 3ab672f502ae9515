"""A service of the platform is a process of its own, told everything through its environment."""

import http.client
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.packages import package_of
from tools.embedded.child import Child
from tools.embedded.folder import DataFolder
from tools.embedded.ports import HOST

SOURCES = Path(__file__).parents[2]
READY = "/health/ready"


@dataclass(frozen=True)
class Wiring:
    """What one service is told, beside what it inherits."""

    name: str
    port: int
    database_url: str
    bootstrap: str

    @property
    def url(self) -> str:
        """Where its pages and its HTTP interface are."""
        return f"http://{HOST}:{self.port}"


def service(
    wiring: Wiring, folder: DataFolder, extra: Mapping[str, str], command: Sequence[str] | None = None
) -> Child:
    """The process of a service, not started; `extra` and our own environment are handed on to it."""
    own = folder.path / wiring.name
    own.mkdir(exist_ok=True)
    environment = {
        "PYTHONUNBUFFERED": "1",
        "ANTAR_TRACKING_ADDRESS": f"{HOST}:{wiring.port}/lacak",  # for the service with that page; a city sets its own
        **os.environ,
        **extra,
        "ANTAR_DATABASE_URL": wiring.database_url,
        "ANTAR_KAFKA": wiring.bootstrap,
        "ANTAR_HTTP_HOST": HOST,
        "ANTAR_HTTP_PORT": str(wiring.port),
        "ANTAR_DATA_DIR": str(own),
        "ANTAR_SECRET_KEY": folder.secret(wiring.name),
    }
    return Child(
        name=wiring.name,
        command=command or (sys.executable, "-m", package_of(wiring.name)),
        log=folder.log(wiring.name),
        environment=environment,
        folder=SOURCES,
        pid_file=folder.pid_file(wiring.name),
    )


def answers_ready(port: int, timeout: float = 2) -> bool:
    """Whether the service on this port says that it takes work."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request("GET", READY)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
