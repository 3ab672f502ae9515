"""`antar agency`: other agencies that read public topics."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from tools.access.command import Kafka
from tools.embedded.errors import PlatformError
from tools.failing import fail

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
def add(name: Name, topic: Topics, kafka: Kafka, servers: Servers, as_json: Json = False) -> None:
    """Let a further agency read these topics, and print its settings once."""
    from tools.access import agencies  # noqa: PLC0415 - a command pays for its own imports only
    from tools.access.broker import broker  # noqa: PLC0415

    try:
        with broker(kafka) as at:
            made, password = agencies.add(at, name, topic)
    except PlatformError as failure:
        fail(failure)
    _hand_out(made, password, servers, kafka, as_json=as_json)


@agency.command()
def rotate(name: Name, kafka: Kafka, servers: Servers, as_json: Json = False) -> None:
    """Give an agency another password, and print its settings once."""
    from tools.access import agencies  # noqa: PLC0415
    from tools.access.broker import broker  # noqa: PLC0415

    try:
        with broker(kafka) as at:
            known, password = agencies.rotate(at, name)
    except PlatformError as failure:
        fail(failure)
    _hand_out(known, password, servers, kafka, as_json=as_json)


@agency.command()
def topics(name: Name, topic: Topics, kafka: Kafka) -> None:
    """Let an agency read these topics, and no others than these."""
    from tools.access import agencies  # noqa: PLC0415
    from tools.access.broker import broker  # noqa: PLC0415

    try:
        with broker(kafka) as at:
            added, taken = agencies.read_instead(at, name, topic)
    except PlatformError as failure:
        fail(failure)
    for sign, rules in (("-", taken), ("+", added)):
        for rule in rules:
            print(f"{sign} {rule}")
    if not (added or taken):
        print(f"{name} reads these topics already, and no others.")


@agency.command()
def remove(name: Name, kafka: Kafka, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Take away an agency's rights and its password."""
    from tools.access import agencies  # noqa: PLC0415
    from tools.access.broker import broker  # noqa: PLC0415

    if not yes:
        typer.confirm(f"{name} reads nothing from then on. Remove it?", abort=True)
    try:
        with broker(kafka) as at:
            agencies.remove(at, name)
    except PlatformError as failure:
        fail(failure)
    print(f"{name} reads nothing any more.")


@agency.command("list")
def list_(kafka: Kafka, as_json: Json = False) -> None:
    """Show the agencies and what they read."""
    from tools.access import agencies  # noqa: PLC0415
    from tools.access.broker import broker  # noqa: PLC0415

    try:
        with broker(kafka) as at:
            there = agencies.agencies(at)
    except PlatformError as failure:
        fail(failure)
    if as_json:
        print(json.dumps([{"user": a.user, "topics": a.topics, "signs_in": a.signs_in} for a in there]))
        return
    for each in there:
        print(f"{each.user}  {' '.join(each.topics)}{'' if each.signs_in else '  (without a password)'}")
    if not there:
        print("No agency reads anything yet.")


def _hand_out(known: "Agency", password: str, servers: str, kafka: str, *, as_json: bool) -> None:
    from tools.access.handout import Handout, authority  # noqa: PLC0415

    handout = Handout(known, password, servers, authority(kafka))
    print(json.dumps(handout.values()) if as_json else handout.text())
