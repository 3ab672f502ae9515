"""`antar access`: who may do what on the broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.secret_files import SECRETS
from tools.errors import PlatformError
from tools.failing import fail

if TYPE_CHECKING:
    from tools.access.broker import Broker

access = typer.Typer(no_args_is_help=True, help="Who may do what on the broker.")

Kafka = Annotated[
    str | None,
    typer.Option(
        envvar="ANTAR_KAFKA",
        help="The administrator's address, kafkas://HOST:PORT?ca=FILE&certificate=FILE; by default what stands in the "
        "file administrator_kafka of the secrets.",
    ),
]
Secrets = Annotated[Path, typer.Option(envvar="ANTAR_SECRETS", help="Folder with the addresses: intake_kafka, …")]


@access.command()
def apply(
    kafka: Kafka = None,
    secrets: Secrets = SECRETS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    add_only: Annotated[
        bool, typer.Option("--add-only", help="Take nothing away, while somebody of another version runs.")
    ] = False,
) -> None:
    """Give each service and the operator what topics.yaml says, and nothing else; agencies' rights stay.

    Whoever has an address among the secrets is given the password in it.
    """
    from tools.access import changes  # noqa: PLC0415 - a command pays for its own imports only
    from tools.access.addresses import addresses  # noqa: PLC0415

    with administered(kafka, secrets) as broker:
        found = changes.compare(broker, addresses(secrets))
        if add_only:
            found = found.added()
        for line in found.lines():
            print(line)
        if found and not dry_run:
            changes.apply(broker, found)
    if not found and not found.strange and not add_only:
        print("Everybody may do what topics.yaml says, and nothing else.")


@access.command()
def rules() -> None:
    """Show what topics.yaml allows, without a broker."""
    from tools.access.rules import ours  # noqa: PLC0415

    for rule in sorted(ours()):
        print(rule)


@contextmanager
def administered(kafka: str | None, secrets: Path) -> Iterator["Broker"]:
    """The broker as its administrator sees it; what goes wrong with it ends the command with a sentence."""
    from tools.access.addresses import administrator  # noqa: PLC0415
    from tools.access.broker import broker  # noqa: PLC0415

    try:
        with broker(administrator(kafka, secrets)) as at:
            yield at
    except PlatformError as failure:
        fail(failure)
