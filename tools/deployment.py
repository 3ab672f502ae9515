"""Where the databases and the broker are: a platform of this machine by its folder, any other by its addresses.

An installation keeps its addresses as secrets, which its operator's container has.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from shared.packages import known
from shared.secret_files import SECRETS
from tools.access.rules import OPERATOR
from tools.errors import PlatformError

if TYPE_CHECKING:
    import asyncpg

T = TypeVar("T")

CONNECT_SECONDS = 5.0
SESSION = {"application_name": "antar-operator", "statement_timeout": "30s", "lock_timeout": "5s"}

Data = Annotated[Path | None, typer.Option("--data", help="Folder of a platform on this machine; .antar by default.")]
Databases = Annotated[
    list[str] | None,
    typer.Option("--database", envvar="ANTAR_DATABASES", help="NAME=postgresql://… of a service; may be repeated."),
]
Kafka = Annotated[str | None, typer.Option("--kafka", help="HOST:PORT of the broker.")]


@dataclass(frozen=True)
class Deployment:
    """The databases by service, and the broker; None when nobody named it."""

    databases: Mapping[str, str]
    kafka: str | None

    def only(self, services: Iterable[str] | None) -> "Deployment":
        """Some of the services; all when None or empty.

        Raises:
            PlatformError: one of them is not known.
        """
        wanted = tuple(services or ())
        if not self.databases:
            raise PlatformError("No database is named: give --database NAME=postgresql://… for each service.")
        unknown = [name for name in wanted if name not in self.databases]
        if unknown:
            raise PlatformError(f"There is no service '{unknown[0]}' here, only {', '.join(self.databases)}.")
        return Deployment({name: self.databases[name] for name in wanted or self.databases}, self.kafka)


def find(data: Path | None, databases: Iterable[str] | None, kafka: str | None) -> Deployment:
    """The deployment that was meant: by its addresses if any is given, else the installation whose secrets are here,
    else the platform of a data folder.

    Raises:
        PlatformError: an address is not of its form, or nothing runs on the folder.
    """
    if databases or kafka:
        if data is not None:
            raise PlatformError("Give either --data or addresses (--database, ANTAR_DATABASES, --kafka), not both.")
        return Deployment(dict(_address(given) for given in databases or ()), kafka)
    if data is None and (SECRETS / f"{OPERATOR}_kafka").exists():
        return _installed()
    return _embedded(data)


def _installed() -> Deployment:
    # In a container of an installation, whose operator has its addresses as files.
    files = {name: SECRETS / f"{name}_database_url" for name in known("services")}
    try:
        databases = {name: file.read_text().strip() for name, file in files.items() if file.exists()}
        return Deployment(databases, (SECRETS / f"{OPERATOR}_kafka").read_text().strip())
    except OSError as error:
        raise PlatformError(f"A file in {SECRETS} cannot be read: {error.strerror}.") from error


def _address(given: str) -> tuple[str, str]:
    name, _, address = given.partition("=")
    if not name.isidentifier() or not address.startswith(("postgresql://", "postgres://")):
        # Not quoted: there is a password in it.
        raise PlatformError("A database is given as NAME=postgresql://USER:PASSWORD@HOST/NAME.")
    return name, address


def _embedded(data: Path | None) -> Deployment:
    from tools.embedded.child import recorded  # noqa: PLC0415 - a command pays for its own imports only
    from tools.embedded.folder import DataFolder  # noqa: PLC0415
    from tools.embedded.ports import HOST  # noqa: PLC0415
    from tools.embedded.postgres import EmbeddedPostgres  # noqa: PLC0415

    folder = DataFolder(data)
    ports = folder.ports()
    if not any(recorded(folder.pid_file(name)) for name in ("kafka", "postgres", *folder.services())):
        raise PlatformError(
            f"Nothing runs on {folder.path}: name its folder with --data, or give --database and --kafka."
        )
    server = EmbeddedPostgres(folder.path / "postgres", ports.get("postgres"))
    return Deployment(
        {name: server.dsn(name) for name in folder.services() if server.knows(name)},
        f"{HOST}:{ports['kafka']}" if "kafka" in ports else None,
    )


async def ask(
    databases: Mapping[str, str], question: Callable[[str, "asyncpg.Connection"], Awaitable[T]]
) -> tuple[dict[str, T], dict[str, str]]:
    """Puts a question to all databases at once.

    Returns:
        The answers by service, and for those that could not be asked a sentence why.
    """
    import asyncpg  # noqa: PLC0415

    answers: dict[str, T] = {}
    silent: dict[str, str] = {}

    async def one(name: str, dsn: str) -> None:
        try:
            conn = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS, command_timeout=60, server_settings=SESSION)
            try:
                answers[name] = await question(name, conn)
            finally:
                await conn.close(timeout=CONNECT_SECONDS)
        except asyncpg.UndefinedTableError:
            silent[name] = (
                f"The database of {name} has not the tables of this release: run `docker compose run --rm databases` "
                f"in an installation, `antar migrate {name}` elsewhere."
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            silent[name] = f"The database of {name} does not answer: {_reason(error)}."

    await asyncio.gather(*(one(name, dsn) for name, dsn in databases.items()))
    return {name: answers[name] for name in databases if name in answers}, silent


def _reason(error: Exception) -> str:
    # The server's own words may quote a row; its kind may not.
    if isinstance(error, TimeoutError):
        return f"not within {CONNECT_SECONDS:.0f} s"
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
