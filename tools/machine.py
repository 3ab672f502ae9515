"""Commands for a machine on which Antar is tried or developed; they need the extra `embedded`, which no image has."""

from pathlib import Path
from typing import Annotated

import typer

from tools import status as status_
from tools.demo.command import demo
from tools.embedded import command
from tools.embedded.folder import DataFolder
from tools.embedded.launcher import Launcher, of_the_city
from tools.embedded.narration import Narrator
from tools.embedded.signin import of_folder
from tools.embedded.tokens import CITY
from tools.errors import PlatformError
from tools.failing import fail
from tools.naming import known_service
from tools.new.command import new

Data = Annotated[Path | None, typer.Option("--data", help="Folder of all data; .antar in this folder by default.")]


def add_to(app: typer.Typer) -> None:
    """Adds them to the command `antar`."""
    for do in (start, status, token, demo):
        app.command()(do)
    app.add_typer(new, name="new")


def start(
    data: Data = None,
    port: Annotated[
        list[str] | None, typer.Option(help="NAME=NUMBER for a service, sign-in, kafka or postgres.")
    ] = None,
    kafka_heap: Annotated[str, typer.Option(help="Memory of Kafka's heap, as Java writes it.")] = "256m",
    also: Annotated[list[str] | None, typer.Option("--with", help="A service of examples/ to start as well.")] = None,
    but: Annotated[list[str] | None, typer.Option("--without", help="A service to leave stopped.")] = None,
) -> None:
    """Start Kafka, PostgreSQL, the sign-in and the services here, until Ctrl-C."""
    ports = dict(_port(given) for given in port or ())
    wanted = dict.fromkeys((*of_the_city(), *(known_service(name, "--with") for name in also or ())))
    stopped = {known_service(name, "--without") for name in but or ()}
    services = tuple(name for name in wanted if name not in stopped)
    launcher = Launcher(data, services, ports=ports, kafka_heap=kafka_heap, narrator=Narrator())
    raise typer.Exit(command.run(launcher))


def _port(given: str) -> tuple[str, int]:
    name, _, number = given.partition("=")
    if not number.isdecimal() or not 0 < int(number) < 65536:
        raise typer.BadParameter(f"'{given}' is not NAME=NUMBER, such as intake=8101.", param_hint="--port")
    return name, int(number)


def status(data: Data = None, as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False) -> None:
    """Show processes, ports, events to read and facts to send."""
    try:
        status_.report(data, as_json)
    except PlatformError as failure:
        fail(failure)


def token(
    role: Annotated[list[str], typer.Option(help="What the machine may do; several times for several roles.")],
    area: Annotated[list[str] | None, typer.Option(help="Where: 32.75, 32.75.01 or 32.75.01.1001/011.")] = None,
    badge: Annotated[str | None, typer.Option(help="Of a courier.")] = None,
    data: Data = None,
) -> None:
    """Print a bearer token of the running platform, good for an hour."""
    from shared.people.person import Area, Role  # noqa: PLC0415 - a command pays for its own imports only

    try:
        roles, areas = [Role(name) for name in role], [Area(code).code for code in area or (CITY,)]
    except ValueError as failure:
        raise typer.BadParameter(f"{failure}; roles are {', '.join(Role)}.") from None
    try:
        print(of_folder(DataFolder(data)).token(roles, areas, badge).text)
    except PlatformError as failure:
        fail(failure)
