"""`antar agency`: other agencies that read public topics."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from shared.kafka import KafkaAddressError, read
from shared.secret_files import SECRETS
from tools.access.command import Kafka, Secrets, administered

if TYPE_CHECKING:
    from tools.access.agencies import Agency

agency = typer.Typer(no_args_is_help=True, help="Other agencies that read public topics.")

Name = Annotated[str, typer.Argument(help="Small letters, digits and dashes: bpjs-kesehatan.")]
Topics = Annotated[list[str], typer.Option("--topic", help="A public topic that it reads; may be repeated.")]
Servers = Annotated[
    str,
    typer.Option("--servers", envvar="ANTAR_AGENCIES_ADDRESS", help="HOST:PORT at which agencies reach the broker."),
]
Json = Annotated[bool, typer.Option("--json", help="For a program.")]


@agency.command()
def add(
    name: Name,
    topic: Topics,
    servers: Servers,
    kafka: Kafka = None,
    secrets: Secrets = SECRETS,
    as_json: Json = False,
) -> None:
    """Let a further agency read these topics, and print its settings once."""
    from tools.access import agencies  # noqa: PLC0415 - a command pays for its own imports only

    _of_their_form(servers)
    with administered(kafka, secrets) as broker:
        made, password = agencies.add(broker, name, topic)
        _hand_out(made, password, servers, broker.authority, as_json=as_json)


@agency.command()
def rotate(
    name: Name, servers: Servers, kafka: Kafka = None, secrets: Secrets = SECRETS, as_json: Json = False
) -> None:
    """Give an agency another password, and print its settings once."""
    from tools.access import agencies  # noqa: PLC0415

    _of_their_form(servers)
    with administered(kafka, secrets) as broker:
        known, password = agencies.rotate(broker, name)
        _hand_out(known, password, servers, broker.authority, as_json=as_json)


@agency.command()
def topics(name: Name, topic: Topics, kafka: Kafka = None, secrets: Secrets = SECRETS) -> None:
    """Let an agency read these topics, and no others than these."""
    from tools.access import agencies  # noqa: PLC0415

    with administered(kafka, secrets) as broker:
        added, taken = agencies.read_instead(broker, name, topic)
    for line in [*(f"- {rule}" for rule in taken), *(f"+ {rule}" for rule in added)]:
        print(line)
    if not (added or taken):
        print(f"{name} reads these topics already, and no others.")


@agency.command()
def remove(
    name: Name,
    kafka: Kafka = None,
    secrets: Secrets = SECRETS,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take away an agency's rights and its password."""
    from tools.access import agencies  # noqa: PLC0415

    if not yes:
        typer.confirm(f"{name} reads nothing from then on. Remove it?", abort=True)
    with administered(kafka, secrets) as broker:
        agencies.remove(broker, name)
    print(f"{name} reads nothing any more.")


@agency.command("list")
def list_(kafka: Kafka = None, secrets: Secrets = SECRETS, as_json: Json = False) -> None:
    """Show the agencies and what they read."""
    from tools.access import agencies  # noqa: PLC0415

    with administered(kafka, secrets) as broker:
        there = agencies.agencies(broker)
    if as_json:
        print(json.dumps([{"user": a.user, "topics": a.topics, "signs_in": a.signs_in} for a in there]))
        return
    for each in there:
        print(f"{each.user}  {' '.join(each.topics)}{'' if each.signs_in else '  (without a password)'}")
    if not there:
        print("No agency reads anything yet.")


def _of_their_form(servers: str) -> None:
    # Before anything is made: a password that was printed with a wrong address would be lost.
    try:
        plain = read(servers).tls is None
    except KafkaAddressError:
        plain = False
    if not plain:
        raise typer.BadParameter("it is not HOST:PORT, such as antar.example.id:9095.", param_hint="--servers")


def _hand_out(known: "Agency", password: str, servers: str, authority: str, *, as_json: bool) -> None:
    from tools.access.handout import Handout  # noqa: PLC0415

    handout = Handout(known, password, servers, authority)
    print(json.dumps(handout.values()) if as_json else handout.text())
