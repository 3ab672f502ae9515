"""The `antar` command: every subcommand is one line here and does its work in a module of its own."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from tools import status as status_
from tools.demo.command import demo
from tools.deploy.command import databases, init, serve
from tools.embedded import command
from tools.embedded.errors import PlatformError
from tools.embedded.folder import DataFolder
from tools.embedded.launcher import Launcher, of_the_city
from tools.embedded.narration import Narrator
from tools.embedded.signin import CITY, of_folder
from tools.failing import fail
from tools.history.command import history
from tools.new.command import new
from tools.parked.command import parked
from tools.sample.command import sample
from tools.tail.command import tail
from tools.why.command import why

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Antar on this machine."
)
topics = typer.Typer(no_args_is_help=True, help="The topics of topics.yaml.")
app.add_typer(topics, name="topics")
app.add_typer(history, name="history")
app.add_typer(new, name="new")
app.command()(init)
app.command()(serve)
app.add_typer(databases, name="databases")
app.command()(sample)
app.command()(demo)
app.command()(why)
app.command()(tail)
app.add_typer(parked, name="parked")

Data = Annotated[Path | None, typer.Option("--data", help="Folder of all data; .antar in this folder by default.")]


@app.command()
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
    wanted = dict.fromkeys((*of_the_city(), *(_known(name, "--with") for name in also or ())))
    stopped = {_known(name, "--without") for name in but or ()}
    services = tuple(name for name in wanted if name not in stopped)
    launcher = Launcher(data, services, ports=ports, kafka_heap=kafka_heap, narrator=Narrator())
    raise typer.Exit(command.run(launcher))


def _port(given: str) -> tuple[str, int]:
    name, _, number = given.partition("=")
    if not number.isdecimal() or not 0 < int(number) < 65536:
        raise typer.BadParameter(f"'{given}' is not NAME=NUMBER, such as intake=8101.", param_hint="--port")
    return name, int(number)


@app.command()
def status(data: Data = None, as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False) -> None:
    """Show processes, ports, events to read and facts to send."""
    try:
        status_.report(data, as_json)
    except PlatformError as failure:
        fail(failure)


@app.command()
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


@topics.command("apply")
def topics_apply(kafka: Annotated[str, typer.Option(help="HOST:PORT of the broker.")] = "127.0.0.1:9292") -> None:
    """Create the topics that do not exist yet."""
    from shared.topics import apply  # noqa: PLC0415

    try:
        made = asyncio.run(apply(kafka))
    except KafkaError as failure:
        fail(PlatformError(f"The broker at {kafka} did not create the topics: {failure}."))
    for name in made:
        print(name)


@app.command()
def migrate(
    service: str,
    database_url: Annotated[
        str, typer.Option(envvar="ANTAR_DATABASE_URL", help="postgresql://USER:PASSWORD@HOST/NAME")
    ],
) -> None:
    """Bring the database of SERVICE up to date."""
    _known(service, "SERVICE")
    from shared.migrations import MigrationError, migrate  # noqa: PLC0415

    try:
        migrate(database_url, service)
    except MigrationError as failure:
        fail(failure)


def _known(service: str, hint: str) -> str:
    from shared.packages import UnknownServiceError, package_of  # noqa: PLC0415

    try:
        package_of(service)
    except UnknownServiceError as failure:
        raise typer.BadParameter(str(failure), param_hint=hint) from None
    return service


if __name__ == "__main__":
    app()
